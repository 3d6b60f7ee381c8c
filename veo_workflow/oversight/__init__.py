"""What a coaching lead sees of the process, and what coaches record for it. No footage (SAFEGUARDING A3)."""
