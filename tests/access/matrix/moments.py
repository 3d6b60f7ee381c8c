from tests.access.rows import PAIR, Row

ROWS = (
    Row("moments.of_clip", "GET", "/clips/{clip}/moments", PAIR),
    Row("moments.clip_file", "GET", "/clips/{clip}/moments.csv", PAIR),
    Row("moments.review_file", "GET", "/cycles/{cycle}/review/moments.csv", PAIR),
)
