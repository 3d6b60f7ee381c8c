"""What the coachee can choose from when sharing, and reading what they chose: pure functions of plain values."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeVar

from veo_workflow.clips.rules import frame_at
from veo_workflow.clips.shares.rules import Frames, Wanted
from veo_workflow.errors import InvalidInput
from veo_workflow.playbook.models import StrategyVersion
from veo_workflow.tags.queries import TaggedMoment
from veo_workflow.wording import clock

Choice = TypeVar("Choice")

LIBRARY = "library"
GONE = "Something that was chosen is no longer there. Choose again."


@dataclass(frozen=True)
class Moment:
    """A moment that can be shared; `own_note` is what its owner wrote about it, and nobody else's words."""

    id: str
    said: str
    frames: Frames
    own_note: str


@dataclass(frozen=True)
class Speaks:
    """A strategy of the cycle, or one of its steps, that an exemplar may speak to."""

    said: str
    strategy_id: uuid.UUID
    step_id: uuid.UUID | None = None

    @property
    def id(self) -> str:
        return f"{self.strategy_id}/{self.step_id or ''}"


def moments(tagged: Iterable[TaggedMoment], owner_id: uuid.UUID, frame_rate: Fraction) -> list[Moment]:
    """`0:08 to 0:12, Names, marked by Priya`, in lesson order."""
    return [
        Moment(
            id=str(each.tag.id),
            said=_said(each),
            frames=(frame_at(each.tag.start_ms, frame_rate), frame_at(each.tag.end_ms, frame_rate)),
            own_note=each.tag.note if each.tag.author_id == owner_id else "",
        )
        for each in tagged
    ]


def _said(each: TaggedMoment) -> str:
    about = each.step.name if each.step else each.tag.kind.value.title()
    return f"{clock(each.tag.start_ms)} to {clock(each.tag.end_ms)}, {about}, marked by {each.author}"


def speaking_to(strategies: Iterable[StrategyVersion]) -> list[Speaks]:
    """Each strategy, then its steps."""
    found = []
    for version in strategies:
        found.append(Speaks(version.title, version.strategy_id))
        found += [
            Speaks(f"{version.title}, step {step.number}: {step.name}", version.strategy_id, step.id)
            for step in version.steps
        ]
    return found


def read(sent: Mapping[str, str], moments: Iterable[Moment], speaks: Iterable[Speaks]) -> Wanted:
    """What is to be shared, from the form. Raises InvalidInput."""
    moment = _chosen(sent.get("moment", ""), {each.id: each for each in moments}, "moment")
    spoken = _chosen(sent.get("speaks", ""), {each.id: each for each in speaks}, "speaks")
    return Wanted(
        person_id=_person(sent),
        until=_day(sent),
        frames=moment.frames if moment else None,
        shows=" ".join(sent.get("shows", "").split()),
        note=moment.own_note if moment and sent.get("with_note") else "",
        strategy_id=spoken.strategy_id if spoken else None,
        step_id=spoken.step_id if spoken else None,
    )


def _chosen(sent: str, choices: Mapping[str, Choice], field: str) -> Choice | None:
    if not sent:
        return None
    if sent not in choices:
        raise InvalidInput(GONE, fields={field: GONE})
    return choices[sent]


def _person(sent: Mapping[str, str]) -> uuid.UUID | None:
    to = sent.get("to", "")
    if to == LIBRARY:
        return None
    try:
        return uuid.UUID(to)
    except ValueError:
        who = "Choose the colleague who may watch."
        raise InvalidInput(who, fields={"to": who}) from None


def _day(sent: Mapping[str, str]) -> date:
    try:
        return date.fromisoformat(sent.get("until", ""))
    except ValueError:
        until = "Choose the last day on which it may be watched."
        raise InvalidInput(until, fields={"until": until}) from None
