"""The school's playbook: strategies, their versions and their steps."""
