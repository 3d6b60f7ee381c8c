"""What people take with them: a cycle as JSON or on paper, and all that is their own as an archive."""
