from tests.access.rows import EVERYBODY, Row

ROWS = (
    Row("operating.alive", "GET", "/healthz", EVERYBODY, open_to_all=True),
    Row("operating.ready", "GET", "/readyz", EVERYBODY, open_to_all=True, ok=frozenset({200, 503})),
    # From this machine alone, or with a token (tests/operating); nginx lets neither through (tests/proxied).
    Row("operating.figures", "GET", "/metrics", EVERYBODY, open_to_all=True),
)
