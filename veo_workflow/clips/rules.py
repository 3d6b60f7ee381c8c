"""Pure decisions about a clip: which moves between states are legal, who can see it, how it is named."""

import math
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Protocol

from veo_workflow.access.policy import State
from veo_workflow.clips.models import ClipState, Purpose, RenditionKind
from veo_workflow.media import Span

C = ClipState
MOVES: dict[ClipState, frozenset[ClipState]] = {
    C.UPLOADING: frozenset({C.QUEUED, C.WITHDRAWN}),
    C.QUEUED: frozenset({C.PROCESSING, C.WITHDRAWN, C.EXPIRED}),
    C.PROCESSING: frozenset({C.READY, C.FAILED, C.QUEUED, C.QUARANTINED, C.WITHDRAWN, C.EXPIRED}),
    C.READY: frozenset({C.QUEUED, C.WITHDRAWN, C.EXPIRED}),  # queued again to be trimmed
    C.FAILED: frozenset({C.QUEUED, C.WITHDRAWN, C.EXPIRED}),
    C.QUARANTINED: frozenset({C.QUEUED, C.WITHDRAWN, C.EXPIRED}),
    C.WITHDRAWN: frozenset(),
    C.EXPIRED: frozenset(),
}
GONE = frozenset({C.WITHDRAWN, C.EXPIRED})
# A clip that ends this many attempts the hard way is set aside (SAFEGUARDING, "a clip that kills its worker").
ATTEMPTS = 3
IN_FLIGHT = frozenset({C.UPLOADING, C.QUEUED, C.PROCESSING})
CAN_TRY_AGAIN = frozenset({C.FAILED, C.QUARANTINED})

# Reasons for which the same file fails the same way: another try needs another file.
FILE_IS_WRONG = frozenset(
    {"empty", "not_video", "incomplete", "too_long", "too_short", "too_big", "no_video_track", "unsupported"}
)


def may_move(present: ClipState, wanted: ClipState) -> bool:
    return wanted in MOVES[present]


def can_try_again(state: ClipState, reason_code: str | None) -> bool:
    return state in CAN_TRY_AGAIN and reason_code not in FILE_IS_WRONG


def wait_before_next(tried: int, interval: float) -> float:
    """Seconds before a job is tried again whose `tried` attempts ended without a result: 30 s, then 2 min."""
    return float(interval * 4 ** (tried - 1))


# What a camera writes for a second of lesson; all that is known of a film before anybody has looked at it.
BYTES_A_SECOND = 1_000_000
# By how many times its own length a clip is put back in the queue.
PUT_BACK = 3


def film_seconds(size: int, *, kept: Span | None, duration_ms: int | None) -> int:
    """How long a film is thought to be, which is what converting it costs: of a trim, what is kept; else by its size
    in bytes, until its length is known.
    """
    if kept is not None:
        seconds = float(kept.frames / kept.frame_rate)
    else:
        seconds = duration_ms / 1000 if duration_ms else size / BYTES_A_SECOND
    return max(1, math.ceil(seconds))


def due_at(queued_at: datetime, latest_of_owner: datetime | None, film_seconds: int) -> datetime:
    """When the turn of a clip comes; of those that wait, the earliest is next (start-time fair queueing).

    A clip is put back by three times its length, so that a short one overtakes the long ones that came shortly before
    it.  A person's clips come one after the other, each put back from the one before: twenty of one person are spread
    over hours, and a colleague's falls in between.  The moment is fixed, and only clips that are sent before it can
    have an earlier one: nothing waits for ever.  Nobody waits for their turn while a worker is idle.
    """
    begins = max(queued_at, latest_of_owner) if latest_of_owner else queued_at
    return begins + timedelta(seconds=PUT_BACK * film_seconds)


PLACES = ("Next", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")


@dataclass(frozen=True)
class Line:
    """The queue at one moment. `waiting` is (due, clip, film seconds), next first; `running` and `done` are
    (film seconds, seconds of work so far).
    """

    waiting: Sequence[tuple[datetime, uuid.UUID, int]]
    running: Sequence[tuple[int, float]]
    done: Sequence[tuple[int, float]]

    def said_of(self, clip_id: uuid.UUID) -> str | None:
        """`Third in the queue, about 6 minutes`; the time only where there is something to judge by."""
        ids = [waiting for _, waiting, _ in self.waiting]
        if clip_id not in ids:
            return None
        place = ids.index(clip_id)
        words = PLACES[place] if place < len(PLACES) else f"Number {place + 1}"
        seconds = self._seconds_until_ready(place)
        return f"{words} in the queue" + (f", {_about(seconds)}" if seconds is not None else "")

    def _seconds_until_ready(self, place: int) -> float | None:
        """What is ahead, shared among as many as work now, and the clip itself, at the pace of the clips done last.

        None while nobody works, or nothing has been done yet.
        """
        films, work = (sum(each) for each in zip(*self.done, strict=True)) if self.done else (0, 0)
        if not self.running or not films or not work:
            return None
        pace = work / films
        ahead = sum(length for _, _, length in self.waiting[:place]) * pace
        under_way = sum(max(0.0, length * pace - worked) for length, worked in self.running)
        return (ahead + under_way) / len(self.running) + self.waiting[place][2] * pace


def _about(seconds: float) -> str:
    minutes = math.ceil(seconds / 60)
    if minutes < 2:
        return "about a minute"
    return f"about {minutes} minutes" if minutes <= 90 else f"about {math.ceil(minutes / 60)} hours"


def is_served(state: ClipState, kind: RenditionKind) -> bool:
    """Whether a file may be sent while the clip is in this state: a preview while it is converted, the rest after.

    An attempt that was lost leaves its preview: the next one makes the same of the same original, and puts it in its
    place.  Where no attempt follows, its row has gone.
    """
    return state is (ClipState.PROCESSING if kind is RenditionKind.PREVIEW else ClipState.READY)


def frame_at(ms: int, frame_rate: Fraction | int) -> int:
    """The number of the frame on screen at `ms`, from 0."""
    return math.floor(Fraction(ms) * frame_rate / 1000)


# Below the attempt that made the playback file lies what is made of that when somebody first asks for it.
ON_DEMAND = frozenset({"stills", "cuts", "moments"})


def is_on_demand(key: str) -> bool:
    """Whether an object of a clip's is a still, a cut or the film of a shared moment, of which no rendition speaks."""
    names = key.split("/")
    return len(names) > 4 and names[3] in ON_DEMAND


def attempt_in_key(key: str) -> tuple[uuid.UUID, int | None] | None:
    """The clip and the attempt that an object was stored for; None for a key that is no clip's."""
    names = key.split("/")
    try:
        clip_id = uuid.UUID(names[1]) if names[0] == "clips" and len(names) > 2 else None
    except ValueError:
        return None
    return (clip_id, int(names[2]) if names[2].isdecimal() else None) if clip_id else None


class Standing(Protocol):
    """What the policy is told of a clip, of its row or of a few columns of it."""

    @property
    def held_at(self) -> datetime | None: ...
    @property
    def flagged_at(self) -> datetime | None: ...
    @property
    def shared_with_coach_at(self) -> datetime | None: ...


def access_state(clip: Standing) -> State:
    """What the policy needs to know of a clip."""
    if clip.held_at is not None:
        return State.HELD
    shared_with_coach = clip.shared_with_coach_at is not None
    if clip.flagged_at is not None:
        return State.FLAGGED if shared_with_coach else State.FLAGGED_PRIVATE
    return State.SHARED if shared_with_coach else State.PRIVATE


@dataclass(frozen=True)
class Watchers:
    """Who can see a clip, for one sentence on screen.

    `names` are the given names of those with whom the whole of it is shared; `everybody`: it is in the exemplar
    library.  `moments` is how many shares of a moment last.
    """

    owner: str
    coach: str | None
    names: tuple[str, ...] = ()
    everybody: bool = False
    moments: int = 0

    def said_to(self, *, is_owner: bool) -> str:
        """`Only you can see this`, `You and Priya can see this`, `Asha, Priya and Tom can see this`."""
        return self._whole(is_owner) + self._besides()

    def _whole(self, is_owner: bool) -> str:
        if self.everybody:
            return "Everybody at your school can see this"
        others = [name for name in (self.coach, *self.names) if name]
        if is_owner and not others:
            return "Only you can see this"
        return f"{_listed(['You' if is_owner else self.owner, *others])} can see this"

    def _besides(self) -> str:
        if not self.moments:
            return ""
        return ", and a moment of it is shared" if self.moments == 1 else f", and {self.moments} moments are shared"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


CAMERA_NAME = re.compile(r"^(img|mov|vid|dsc|pxl|clip|video|trim|full)?[\W_]*[\d\W_a-f-]*$", re.IGNORECASE)
PURPOSE_TITLE = {
    Purpose.BASELINE: "Where we started",
    Purpose.PRACTICE: "Practice",
    Purpose.PROGRESS: "How it is going",
    Purpose.EXEMPLAR: "Worth showing",
}


def title_from(file_name: str, purpose: Purpose) -> str:
    """A clip's title from its file's name, where somebody gave it one; a camera's number says nothing."""
    stem = PurePosixPath(file_name.replace("\\", "/")).name
    stem = stem.rpartition(".")[0] if "." in stem else stem
    words = " ".join(re.sub(r"[_\s]+", " ", stem).split())[:200]
    if not words or CAMERA_NAME.fullmatch(words):
        return PURPOSE_TITLE[purpose]
    return words[0].upper() + words[1:]
