"""Two wordings of a goal side by side, with what differs marked."""
