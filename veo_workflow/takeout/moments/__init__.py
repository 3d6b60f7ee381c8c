"""Moments as files: a table, chapters for a player, and annotations for ELAN."""
