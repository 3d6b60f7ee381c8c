from tests.access.rows import EVERYBODY, PAIR, Row

ROWS = (
    Row("static", "GET", "/static/css/tokens.css", EVERYBODY, open_to_all=True),
    Row("pages.protected", "GET", "/protected", EVERYBODY, open_to_all=True),
    Row("beginning.begin", "GET", "/begin/not-a-token", EVERYBODY, open_to_all=True, ok=frozenset({410})),
    Row("beginning.begin_now", "POST", "/begin/not-a-token", EVERYBODY, open_to_all=True, ok=frozenset({410})),
    Row("handbook.contents", "GET", "/handbook", EVERYBODY),
    Row("handbook.whole", "GET", "/handbook/whole", EVERYBODY),
    Row("handbook.chapter", "GET", "/handbook/goal", EVERYBODY),
    Row("pages.home", "GET", "/", EVERYBODY),
    Row("pages.cycle", "GET", "/cycles/{cycle}", PAIR),
)
