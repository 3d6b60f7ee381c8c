"""Pure decisions about tags: which frame a time is, which moment a press makes, what may be stored.

A time on a clip is whole milliseconds on the playback rendition, and always the middle of its frame: a frame's start,
rounded to a millisecond, lies in the frame before it a third of the time.  `frame_rate` is frames per second, exact.
`static/js/shared/time.js` and `static/js/studio/presses.js` do the same sums in the browser, and a test compares them.
"""

import math
import uuid
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from veo_workflow.clips.rules import frame_at as frame_at
from veo_workflow.errors import InvalidInput
from veo_workflow.tags.models import TagKind

NOTE_LENGTH = 4000
# For a moment that speaks to no step; DOMAIN's defaults.
LEAD_MS = 6000
LAG_MS = 4000

HALF = Fraction(1, 2)


def middle_of_frame(frame: int, frame_rate: Fraction | int) -> int:
    """The whole millisecond nearest to the frame's middle."""
    return math.floor((frame + HALF) * 1000 / Fraction(frame_rate) + HALF)


def snap(ms: int, *, frame_rate: Fraction | int, frames: int) -> int:
    """The middle of the frame that `ms` lies in, or of the clip's first or last where it lies outside."""
    return middle_of_frame(min(max(frame_at(ms, frame_rate), 0), frames - 1), frame_rate)


@dataclass(frozen=True)
class Moment:
    """When somebody pressed, and the span that this marks."""

    pressed_ms: int
    start_ms: int
    end_ms: int


def snapped(moment: Moment, *, frame_rate: Fraction | int, frames: int) -> Moment:
    """The moment on whole frames of the clip."""
    return Moment(
        snap(moment.pressed_ms, frame_rate=frame_rate, frames=frames),
        snap(moment.start_ms, frame_rate=frame_rate, frames=frames),
        snap(moment.end_ms, frame_rate=frame_rate, frames=frames),
    )


def kept(moment: Moment, first: int, last: int, *, frame_rate: Fraction | int) -> Moment | None:
    """The moment on the clip that is left when only the frames `first` to `last` of it are; None if it goes.

    The press decides.  A moment that reaches over an edge ends there.
    """

    def moved(ms: int) -> int:
        frame = min(max(frame_at(ms, frame_rate), first), last)
        return middle_of_frame(frame - first, frame_rate)

    if not first <= frame_at(moment.pressed_ms, frame_rate) <= last:
        return None
    return Moment(moved(moment.pressed_ms), moved(moment.start_ms), moved(moment.end_ms))


def moment_around(pressed_ms: int, lead_ms: int, lag_ms: int, *, frame_rate: Fraction | int, frames: int) -> Moment:
    """What one press marks: people press after they have seen it, so the moment begins `lead_ms` before."""
    pressed = snap(pressed_ms, frame_rate=frame_rate, frames=frames)
    return snapped(Moment(pressed, pressed - lead_ms, pressed + lag_ms), frame_rate=frame_rate, frames=frames)


def extends(moment: Moment, pressed_ms: int) -> bool:
    """Whether a second press belongs to the moment: it comes after the first, and inside its lag."""
    return moment.pressed_ms <= pressed_ms <= moment.end_ms


def extended(moment: Moment, pressed_ms: int, lag_ms: int, *, frame_rate: Fraction | int, frames: int) -> Moment:
    """The moment after a second press inside its lag: it reaches `lag_ms` beyond that press."""
    end = snap(pressed_ms + lag_ms, frame_rate=frame_rate, frames=frames)
    return Moment(moment.pressed_ms, moment.start_ms, max(moment.end_ms, end))


@dataclass(frozen=True)
class Wanted:
    """A tag as its author wants it to be.

    `version` is the one the change was made against, 0 for a new tag; `edition` that of the clip its times are on.
    """

    moment: Moment
    step_id: uuid.UUID | None
    kind: TagKind
    note: str
    version: int
    edition: int


def read_tag(sent: dict[str, Any]) -> Wanted:
    """A tag in a request's body; anything else sent is left aside. Raises InvalidInput.

    Whoever names no edition speaks of the clip as it was before any trim.
    """
    times = [_whole(sent, name) for name in ("pressed_ms", "start_ms", "end_ms")]
    moment = Moment(*times)
    if moment.start_ms > moment.end_ms:
        raise InvalidInput("A moment cannot end before it begins. Set its out point again.", code="times")
    kind, note = sent.get("kind", TagKind.NOTE.value), sent.get("note", "")
    if not isinstance(kind, str) or kind not in set(TagKind):
        raise InvalidInput("Choose strength, question, suggestion or note.", code="kind")
    if not isinstance(note, str):
        raise InvalidInput("A note is text. Write it again.", code="note")
    if len(note) > NOTE_LENGTH:
        raise InvalidInput(f"Keep the note under {NOTE_LENGTH} characters; the rest fits a second moment.", code="note")
    return Wanted(
        moment=moment,
        step_id=_step(sent.get("step")),
        kind=TagKind(kind),
        note=note.replace("\0", "").strip(),
        version=_whole(sent, "version", 0),
        edition=_whole(sent, "edition", 0),
    )


def _whole(sent: dict[str, Any], name: str, default: int | None = None) -> int:
    value = sent.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(
            "A moment needs its times in whole milliseconds. Reload the page and try again.", code="times"
        )
    return value


def _step(sent: object) -> uuid.UUID | None:
    if sent is None:
        return None
    try:
        return uuid.UUID(str(sent))
    except ValueError:
        raise InvalidInput(
            "That step is not one of this cycle’s. Reload the page and choose again.", code="step"
        ) from None
