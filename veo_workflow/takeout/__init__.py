"""What people take with them: a cycle as JSON or on paper."""
