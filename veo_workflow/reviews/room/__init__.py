"""One review on two screens: who is there, who leads, and where the picture stands. Kept in Redis for a while."""
