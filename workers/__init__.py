"""The second front door: jobs by id, and the upkeep that makes sure none is forgotten."""
