from tests.access.rows import PAIR, Row

ROWS = (
    Row("review_paper.sheet", "GET", "/cycles/{cycle}/review/paper", PAIR),
    Row("review_paper.pdf", "GET", "/cycles/{cycle}/review/paper.pdf", PAIR),
)
