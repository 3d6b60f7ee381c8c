"""Staff as a list: read from a file, taken along as one, and invited by letter."""
