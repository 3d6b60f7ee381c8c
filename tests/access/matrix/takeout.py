from tests.access.rows import PAIR, Row

ROWS = (
    Row("takeout.cycle_json", "GET", "/cycles/{cycle}/takeout.json", PAIR),
    Row("takeout.cycle_pdf", "GET", "/cycles/{cycle}/takeout.pdf", PAIR),
)
