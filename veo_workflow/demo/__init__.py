"""A demo school to click through, made by the same operations as everything else."""
