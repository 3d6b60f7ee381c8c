"""The queue of moments that a pair talks about: its order, stars, what is left out, and what is taken from each."""
