"""Uploading a clip in parts, straight from the browser to storage: resumable, and the server's list is the truth."""
