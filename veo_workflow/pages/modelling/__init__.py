"""The page of modelling, made of the cycle's records and of the school's exemplar library."""
