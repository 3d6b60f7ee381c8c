"""The pair's adaptations: how the two do a step of a strategy, and why. The playbook's own words stay as they are."""
