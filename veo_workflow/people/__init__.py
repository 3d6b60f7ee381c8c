"""Who has an account, how they sign in, and who coaches whom."""
