"""Patterns: moments of each step along a clip and across a cycle, beside the goal's measure. Counts, never grades."""
