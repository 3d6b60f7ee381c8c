"""Safeguarding holds: nothing of a held clip is deleted, others no longer see it, and what follows takes two people."""
