from tests.access.rows import CLIP_SEERS, Row

ROWS = (Row("agreement.page", "GET", "/clips/{clip}/agreement", CLIP_SEERS),)
