"""The picture of reality: the coachee's own answers about how it is today (Knight 2017), wording upon wording."""
