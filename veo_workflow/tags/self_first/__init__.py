"""Self first: each of the pair marks a clip alone, and both sets are revealed together."""
