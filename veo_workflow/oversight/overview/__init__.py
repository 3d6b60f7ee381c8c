"""The term as a whole: who is where, what is due, what is worked on, and all of it as tables to take away."""
