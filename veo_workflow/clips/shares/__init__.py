"""What a coachee lets others watch: a clip or a moment of it, for a named colleague or the exemplar library."""
