from tests.access.rows import PAIR, Row

ROWS = (
    Row("reviews.review", "GET", "/cycles/{cycle}/review", PAIR),
    Row("reviews.write", "POST", "/cycles/{cycle}/review", PAIR, form=lambda _: {"celebrate": "Yes", "version": "0"}),
    Row("reviews.confirm", "POST", "/cycles/{cycle}/review/confirm", PAIR, ok=frozenset({302, 303, 409, 422})),
    Row("reviews.save", "PUT", "/api/cycles/{cycle}/review", PAIR, json=lambda _: {"celebrate": "Yes", "version": 0}),
)
