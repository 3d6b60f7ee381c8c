"""Photos and PDFs of the pair: a piece of evidence holds some, and a resource may be one."""
