"""A playbook comes in from a file, and goes out as one: CSV or YAML."""
