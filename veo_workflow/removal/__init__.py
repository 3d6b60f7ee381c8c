"""Withdrawal and retention: what reaches across every room it erases."""
