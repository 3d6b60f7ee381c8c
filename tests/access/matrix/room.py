from tests.access.rows import PAIR, Row

SEAT = "01926c3e-7c4a-7000-8000-000000000001"

ROWS = (
    Row("review_room.say", "POST", "/api/cycles/{cycle}/room", PAIR, json=lambda _: {"deed": "here", "seat": SEAT}),
    Row("review_room.listen", "GET", "/api/cycles/{cycle}/room/stream", PAIR),
)
