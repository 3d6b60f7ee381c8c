"""All evidence of a cycle on one page, clips among it, and the pages on which a piece is written and read."""
