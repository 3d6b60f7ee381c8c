"""Learn: the pair's checklist, what practice was like, what the coach sends, and what the two write to each other."""
