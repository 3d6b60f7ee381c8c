"""What one person does for the whole school, and what that lets them see."""
