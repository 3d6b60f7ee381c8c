from typing import Any

from tests.access.rows import EVERYBODY, Ids, Row

ADMINISTRATOR = frozenset({"ada"})
OTHERS = EVERYBODY - ADMINISTRATOR  # of the other school too: each has its own notice


def _words(_: Ids) -> dict[str, Any]:
    return {"basis": "public_task", "notice": "We film.", "opting_out": "Tell the office.", "keep_days": "30"}


ROWS = (
    Row("recording.read", "GET", "/recording-notice", EVERYBODY),
    Row("recording.form", "GET", "/recording-notice/write", ADMINISTRATOR, seen_but_refused=OTHERS),
    Row("recording.write", "POST", "/recording-notice/write", ADMINISTRATOR, seen_but_refused=OTHERS, form=_words),
)
