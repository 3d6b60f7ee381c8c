"""Who can see a clip, who watched it, and letting others: the coachee's own page, made of clips, tags and the log."""
