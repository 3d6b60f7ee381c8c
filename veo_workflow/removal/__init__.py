"""Trims, withdrawal and retention: what reaches across every room it erases from."""
