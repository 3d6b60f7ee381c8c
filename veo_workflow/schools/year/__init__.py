"""The dates of an academic year: terms, half-terms and closures, as a school sets them."""
