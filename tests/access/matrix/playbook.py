from tests.access.rows import EVERYBODY, Row

ROWS = (
    Row("playbook.strategies", "GET", "/playbook", EVERYBODY),
    Row("playbook.strategy", "GET", "/playbook/{strategy}", EVERYBODY - {"olu"}),
)
