from typing import Any

from tests.access.rows import CLIP_SEERS, PAIR, Ids, Row


def _tag(ids: Ids) -> dict[str, Any]:
    step = str(ids.world.strategy.steps[0].id)
    return {
        "pressed_ms": 5017,
        "start_ms": 3017,
        "end_ms": 7017,
        "step": step,
        "kind": "note",
        "note": "",
        "version": 0,
    }


ROWS = (
    Row("tags.studio", "GET", "/clips/{clip}", CLIP_SEERS),
    Row("tags.everything", "GET", "/api/clips/{clip}/tags", CLIP_SEERS),
    Row(
        "tags.put",
        "PUT",
        "/api/clips/{clip}/tags/0196f000-0000-7000-8000-000000000001",
        PAIR,
        json=_tag,
    ),
    Row(
        "queue.delete",
        "DELETE",
        "/api/clips/{clip}/tags/0196f000-0000-7000-8000-000000000002",
        PAIR,
    ),
    Row(
        "tags.share",
        "POST",
        "/api/clips/{clip}/tags/share",
        PAIR,
        json=lambda _: {},
    ),
)
