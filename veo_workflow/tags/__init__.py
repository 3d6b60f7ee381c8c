"""Marks on a clip's timeline: who saw what, when, and which step of a strategy it speaks to."""
