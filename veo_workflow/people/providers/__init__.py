"""Signing in with the account people have at their school's identity provider (OpenID Connect Core 1.0)."""
