"""How far a clip has come, as the page hears it. Kept in Redis for a moment, never in the database."""

import uuid
from collections.abc import Sequence
from typing import Any

from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.clips.queries import OnItsWay
from veo_workflow.events import Events

# What each state is called on screen (UX.md, the stages of an upload).
STAGE_OF = {
    ClipState.UPLOADING: "uploading",
    ClipState.QUEUED: "checking",
    ClipState.PROCESSING: "converting",
    ClipState.READY: "ready",
    ClipState.FAILED: "failed",
    ClipState.QUARANTINED: "failed",
}
TRIMMING = "trimming"


def topic(clip_id: uuid.UUID) -> str:
    return f"clip:{clip_id}"


def tell(
    events: Events,
    clip_id: uuid.UUID,
    *,
    stage: str,
    fraction: float,
    seconds_left: float | None = None,
    sentence: str | None = None,
    watchable: bool = False,
) -> None:
    """Publish progress: `fraction` 0 to 1, `seconds_left` where known; `watchable` once there is a preview."""
    state = {"ready": ClipState.READY, "failed": ClipState.FAILED}.get(stage, ClipState.PROCESSING)
    events.publish(topic(clip_id), _message(clip_id, state, stage, fraction, seconds_left, sentence, watchable))


def of_row(clip: Clip, *, watchable: bool, place: str | None = None) -> dict[str, Any]:
    """What the rows alone say, for a page that opens before the next event."""
    done = clip.state in {ClipState.READY, ClipState.FAILED, ClipState.QUARANTINED}
    stage = TRIMMING if clip.is_being_trimmed else STAGE_OF[clip.state]
    said = _message(clip.id, clip.state, stage, 1.0 if done else 0.0, None, clip.reason, watchable)
    return said | {"place": place}


def _message(
    clip_id: uuid.UUID,
    state: ClipState,
    stage: str,
    fraction: float,
    seconds_left: float | None,
    sentence: str | None,
    watchable: bool,
) -> dict[str, Any]:
    return {
        "id": str(clip_id),
        "state": state.value,
        "stage": stage,
        "fraction": round(fraction, 3),
        "seconds_left": None if seconds_left is None else round(seconds_left),
        "sentence": sentence,
        "watchable": watchable,
        "place": None,
    }


def latest(events: Events, clips: Sequence[OnItsWay]) -> list[dict[str, Any]]:
    """The latest word on each clip: the event where the row still says it is on its way, else the row.

    Whether it can be watched is the row's to say: an attempt that has just begun knows nothing of an earlier one's.
    """
    heard = events.last(topic(each.clip.id) for each in clips)
    return [_latest(each, heard.get(topic(each.clip.id))) for each in clips]


def _latest(each: OnItsWay, heard: dict[str, Any] | None) -> dict[str, Any]:
    if heard is None or each.clip.state is not ClipState.PROCESSING:
        return of_row(each.clip, watchable=each.watchable, place=each.place)
    return heard | {"watchable": each.watchable}
