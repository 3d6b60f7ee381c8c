from tests.access.rows import PAIR, Row

ROWS = (
    Row("self_first.page", "GET", "/cycles/{cycle}/self-first", PAIR),
    Row("self_first.choose", "POST", "/cycles/{cycle}/self-first", PAIR, form=lambda _: {"self_first": "on"}),
    Row(
        "self_first.finish",
        "PUT",
        "/api/clips/{clip}/tags/finished",
        PAIR,
        ok=frozenset({200, 409}),  # nobody finishes where each shares when they like
        json=lambda _: {},
    ),
    Row(
        "self_first.go_on",
        "DELETE",
        "/api/clips/{clip}/tags/finished",
        PAIR,
    ),
)
