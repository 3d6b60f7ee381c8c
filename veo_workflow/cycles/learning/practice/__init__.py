"""What the coachee writes down after a lesson in which something was tried."""
