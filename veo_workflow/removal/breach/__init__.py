"""Who had access to what, and when: for the report of a breach."""
