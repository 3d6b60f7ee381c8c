"""The lead writes the playbook."""
