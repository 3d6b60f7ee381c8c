"""What the coach sends for practising: links with a note, and whether the coachee has opened them."""
