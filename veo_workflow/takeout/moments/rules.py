"""Moments as plain values, and the words that every kind of file says of them. Times are whole ms on a clip's film."""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from veo_workflow.takeout.rules import file_name

# What XML 1.0 cannot hold, not even as a reference. None of it can be seen, and no player says it.
_UNSAYABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Reply:
    by: str
    text: str


@dataclass(frozen=True)
class Moment:
    """A tag as a file tells it. `number` is its step's, counted through all strategies as on the clip's page; None
    where it speaks to no step.
    """

    pressed_ms: int
    start_ms: int
    end_ms: int
    number: int | None
    step: str
    kind: str
    note: str
    by: str
    shared: bool
    replies: tuple[Reply, ...] = ()

    @property
    def of_step(self) -> str:
        return f"{self.number} {self.step}" if self.number else "No step"


@dataclass(frozen=True)
class Film:
    """A clip, in words, and its moments in lesson order."""

    id: uuid.UUID
    title: str
    made_at: datetime
    moments: Sequence[Moment]

    def file_name(self, ending: str) -> str:
        """As the film is called in a person's archive, so that the two find each other; never with a path."""
        return file_name(self.made_at, self.title, self.id, ending)


def sayable(text: str) -> str:
    """The text without what a file of words cannot hold: control characters and halves of a character."""
    return _UNSAYABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    return " ".join(sayable(text).split())


def lanes(moments: Iterable[Moment]) -> list[list[Moment]]:
    """The moments, in lesson order, on as few lines as it takes for none to overlap another on its line."""
    found: list[list[Moment]] = []
    for moment in moments:
        free = (lane for lane in found if lane[-1].end_ms <= moment.start_ms and lane[-1].start_ms < moment.start_ms)
        lane = next(free, None)
        if lane is None:
            found.append([moment])
        else:
            lane.append(moment)
    return found
