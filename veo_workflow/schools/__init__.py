"""The school: its academic years and terms, and what it allows in bytes."""
