"""The steps in use, for the coachee to tick while practising: a memory aid, never a score."""
