"""What the pair say to each other under a moment that is shared."""
