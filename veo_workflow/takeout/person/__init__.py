"""What belongs to one person, as an archive of their own: made behind the scenes, kept for a few days."""
