"""The school year as the lead arranges it."""
