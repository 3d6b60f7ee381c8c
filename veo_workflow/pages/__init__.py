"""Screens that show several rooms at once: home and the cycle page."""
