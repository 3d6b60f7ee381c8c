"""Agreement: what the coach and the coachee have marked on one clip, laid beside each other. It scores nobody."""
