"""Coaching logs: written by the coach, read by the lead once handed in; beside them a note for the pair alone."""
