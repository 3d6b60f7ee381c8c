"""The goal's measure, taken again: written down, corrected, removed, with who and when."""
