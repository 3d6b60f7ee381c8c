"""Pure decisions about a clip: which moves between states are legal, who can see it, how it is named."""

import math
import re
import uuid
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath

from veo_workflow.access.policy import State
from veo_workflow.clips.models import ClipState, Purpose, RenditionKind

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
ON_DEMAND = frozenset({"stills", "cuts"})


def is_on_demand(key: str) -> bool:
    """Whether an object of a clip's is a still or a cut, of which no row speaks."""
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


def access_state(*, shared_with_coach: bool) -> State:
    """What the policy needs to know of a clip."""
    return State.SHARED if shared_with_coach else State.PRIVATE


@dataclass(frozen=True)
class Watchers:
    """Who can see a clip, for one sentence on screen. `names` are the share holders' given names."""

    owner: str
    coach: str | None
    names: tuple[str, ...] = ()

    def said_to(self, given_name: str, *, is_owner: bool) -> str:
        """`Only you can see this`, `You and Priya can see this`, `Asha, Priya and Tom can see this`."""
        others = [name for name in (self.coach, *self.names) if name]
        if is_owner:
            if not others:
                return "Only you can see this"
            return f"{_listed(['You', *others])} can see this"
        return f"{_listed([self.owner, *others])} can see this"


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
