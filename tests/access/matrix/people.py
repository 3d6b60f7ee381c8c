from tests.access.rows import EVERYBODY, Row

ROWS = (
    Row("people.sign_in", "GET", "/sign-in", EVERYBODY, open_to_all=True),
    Row("people.sign_in_now", "POST", "/sign-in", EVERYBODY, open_to_all=True, ok=frozenset({422})),
    Row("people.sign_out", "POST", "/sign-out", EVERYBODY, open_to_all=True),
    Row("people.forgotten", "GET", "/forgotten", EVERYBODY, open_to_all=True),
    Row("people.welcome", "GET", "/welcome/not-a-token", EVERYBODY, open_to_all=True, ok=frozenset({410})),
    Row("people.welcome_now", "POST", "/welcome/not-a-token", EVERYBODY, open_to_all=True, ok=frozenset({410})),
    Row("people.everybody", "GET", "/people", frozenset({"ada"})),
    Row(
        "people.add",
        "POST",
        "/people",
        frozenset({"ada"}),
        form=lambda _: {"email": "new@example.org", "name": "New Person"},
    ),
)
