"""Who coaches whom, as the lead arranges it."""
