"""What the targets are measured by: `make bench`."""
