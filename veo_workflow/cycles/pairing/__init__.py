"""The lead makes, changes and ends pairs; what a pair has planned ends with it."""
