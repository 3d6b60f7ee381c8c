"""What is counted, and what each figure stands for.

Clips differ in length, so moments are compared as so many in every ten minutes of film, and always said with how many
they were in how much film.  A step that is pressed at its start and its end is a state: what counts there is the share
of the film that lies in it, and where two people's spans overlap that time counts once.
"""

import math
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from veo_workflow.clips.models import Purpose
from veo_workflow.wording import clock

TEN_MINUTES = 600_000


@dataclass(frozen=True)
class Film:
    """A clip on which moments are shared; its length is in ms."""

    id: uuid.UUID
    title: str
    made_at: datetime
    purpose: Purpose
    length_ms: int


@dataclass(frozen=True)
class Mark:
    """A shared moment, in ms on its clip."""

    clip_id: uuid.UUID
    step_id: uuid.UUID | None
    author_id: uuid.UUID
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class Figure:
    """So many moments of one step, or so much time in its state, in so much film; times are ms."""

    moments: int
    state_ms: int
    length_ms: int

    @property
    def every_ten_minutes(self) -> float:
        return round(TEN_MINUTES * self.moments / self.length_ms, 1) if self.length_ms else 0.0

    @property
    def per_cent(self) -> int:
        """How much of the film lies in the state."""
        return round(100 * self.state_ms / self.length_ms) if self.length_ms else 0

    @property
    def said(self) -> str:
        return f"{self.moments} in {clock(self.length_ms)}"

    @property
    def said_with_pace(self) -> str:
        """How many moments, in how much film, and what that is every ten minutes."""
        return f"{self.said}, {self.every_ten_minutes:g} every ten minutes" if self.moments else self.said

    @property
    def said_as_state(self) -> str:
        return f"{self.per_cent} % ({clock(self.state_ms)} of {clock(self.length_ms)})"


def scale(largest: float, *, per_cent: bool) -> int:
    """Where a chart's scale ends, so that its middle is a whole number too."""
    unit = 10 if per_cent else 2
    return max(unit, math.ceil(largest / unit) * unit)


def covered(spans: Iterable[tuple[int, int]]) -> int:
    """How much time lies in at least one of the spans."""
    total, reached = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def figure(films: Sequence[Film], marks: Iterable[Mark], step_id: uuid.UUID | None) -> Figure | None:
    """One step's over several films together; None where there is no film to count in."""
    if not films:
        return None
    own = [mark for mark in marks if mark.step_id == step_id]
    spans = {film.id: [(mark.start_ms, mark.end_ms) for mark in own if mark.clip_id == film.id] for film in films}
    return Figure(
        moments=sum(len(found) for found in spans.values()),
        state_ms=sum(min(covered(spans[film.id]), film.length_ms) for film in films),
        length_ms=sum(film.length_ms for film in films),
    )


def looked_at(films: Sequence[Film], marks: Iterable[Mark]) -> list[Film]:
    """Only those with moments: a clip that nobody has marked says nothing about how often something happened."""
    marked = {mark.clip_id for mark in marks}
    return [film for film in films if film.id in marked]
