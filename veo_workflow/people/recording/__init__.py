"""The school's recording notice over HTTP: everybody reads it, the administrator writes it."""
