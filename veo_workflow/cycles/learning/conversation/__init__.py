"""What the two of a pair write to each other about a cycle; nobody else ever reads it."""
