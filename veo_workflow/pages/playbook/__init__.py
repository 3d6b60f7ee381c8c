"""The playbook as it is read, written and brought in: what its changes mean to pairs, and the exemplars of it."""
