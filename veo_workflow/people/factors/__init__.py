"""The second step of signing in: codes from an app, each once, and recovery codes for the day the phone is gone."""
