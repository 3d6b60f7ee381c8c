"""Which clips stand on which side, and how far the later film is moved against the earlier one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from veo_workflow.clips.models import Purpose

NUDGE_MS = 100
FURTHEST_MS = 10_000


@dataclass(frozen=True)
class Sides:
    """The clips that moments of then come from, and those of now; no clip is on both sides."""

    then: tuple[uuid.UUID, ...]
    now: tuple[uuid.UUID, ...]


def sides(clips: Sequence[tuple[uuid.UUID, Purpose]]) -> Sides:
    """Baseline beside progress. Where a pair filmed no such clip, the earliest stands beside those that came later.

    `clips` are those with moments of the step, the earliest first.
    """
    baseline = tuple(clip for clip, purpose in clips if purpose is Purpose.BASELINE)
    then = baseline or tuple(clip for clip, _ in clips[:1])
    later = [(clip, purpose) for clip, purpose in clips if clip not in then]
    progress = tuple(clip for clip, purpose in later if purpose is Purpose.PROGRESS)
    now = progress or tuple(clip for clip, _ in later)
    return Sides(then, now) if now else Sides(then[:1], then[1:])


def read_offset(asked: str) -> int:
    """Whole tenths of a second, in ms, no further than `FURTHEST_MS` either way; 0 for what is no number."""
    try:
        tenths = round(int(asked) / NUDGE_MS)
    except ValueError:
        return 0
    return max(-FURTHEST_MS, min(FURTHEST_MS, tenths * NUDGE_MS))
