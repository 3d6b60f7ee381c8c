"""Somebody leaves the school, and perhaps comes back: what ends with that reaches across every room."""
