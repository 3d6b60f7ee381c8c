"""The roster of coaches: who coaches, since when, trained on which date, and for how many pairs."""
