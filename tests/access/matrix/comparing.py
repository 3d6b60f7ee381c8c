from tests.access.rows import PAIR, Row

ROWS = (Row("comparing.page", "GET", "/cycles/{cycle}/then-and-now", PAIR),)
