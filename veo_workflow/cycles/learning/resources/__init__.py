"""What the coach sends for practising: links, photos and PDFs with a note, and whether the coachee has opened them."""
