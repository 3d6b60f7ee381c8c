from tests.access.rows import CLIP_SEERS, PAIR, Row

ROWS = (
    Row("patterns.of_cycle", "GET", "/cycles/{cycle}/patterns", PAIR),
    Row("patterns.of_clip", "GET", "/clips/{clip}/patterns", CLIP_SEERS),
)
