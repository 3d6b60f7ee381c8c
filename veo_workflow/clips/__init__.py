"""Footage: upload, states, processing, renditions, and who may see a clip."""
