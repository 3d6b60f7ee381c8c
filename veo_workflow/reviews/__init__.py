"""The Improve review: the pair looks at the tagged moments together, celebrates, and decides."""
