"""What the screens of Learn show, in a fixed number of statements however much has been practised."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.clips.models import Clip
from veo_workflow.clips.queries import of_cycle
from veo_workflow.cycles.adapting.queries import adaptations_of
from veo_workflow.cycles.learning.checklist.queries import ticked
from veo_workflow.cycles.learning.models import PracticeEntry, Resource
from veo_workflow.cycles.learning.practice.queries import count_entries, entries_of
from veo_workflow.cycles.learning.resources.queries import count_resources, resources_of
from veo_workflow.cycles.queries import CycleSeen, strategies_in_use
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import Step, StrategyVersion
from veo_workflow.tags.queries import NumberedStep, number_steps

RESOURCES_ON_CYCLE = 3
CLIPS_TO_CHOOSE_FROM = 50
ENTRIES_ON_CYCLE = 3


@dataclass(frozen=True)
class Part:
    """One strategy of a checklist, its steps under the numbers they have in the studio."""

    version: StrategyVersion
    steps: list[NumberedStep]


@dataclass(frozen=True)
class Checklist:
    """`ours` is how the pair does a step, by step, where it has said so."""

    parts: list[Part]
    ticked: set[uuid.UUID]
    ours: dict[uuid.UUID, str]


@dataclass(frozen=True)
class Entry:
    """A practice entry as it is shown; `clip` is there only while the asker may see it."""

    row: PracticeEntry
    steps: list[NumberedStep]
    clip: Clip | None


@dataclass(frozen=True)
class Practice:
    """What the cycle page tells of practising: the latest entries, and how many there are."""

    entries: list[Entry]
    total: int


@dataclass(frozen=True)
class Resources:
    """What the cycle page tells of what the coach has sent: the newest, and how many there are."""

    newest: list[Resource]
    total: int


def checklist_of(session: Session, seen: CycleSeen) -> Checklist:
    """Four statements."""
    parts = parts_of(strategies_in_use(session, seen.cycle.id))
    return Checklist(parts, ticked(session, seen), adaptations_of(session, seen.cycle.id))


def parts_of(strategies: list[StrategyVersion]) -> list[Part]:
    numbered = number_steps(strategies, [])
    return [
        Part(version, [one for one in numbered if one.step.strategy_version_id == version.id]) for version in strategies
    ]


def entries_page(
    session: Session,
    person: Person,
    cycle_id: uuid.UUID,
    strategies: list[StrategyVersion],
    *,
    limit: int,
    offset: int = 0,
) -> list[Entry]:
    """Entries with what they name: four statements."""
    rows = entries_of(session, cycle_id, limit=limit, offset=offset)
    clips = _clips(session, person, cycle_id, [row.clip_id for row in rows if row.clip_id])
    numbered = {one.step.id: one for one in number_steps(strategies, [])}
    older = _older_steps(session, {step for row in rows for step in row.step_ids} - set(numbered))
    known = numbered | {step.id: NumberedStep(step.number, step, "", in_use=False) for step in older}
    return [
        Entry(
            row,
            sorted((known[step] for step in row.step_ids if step in known), key=lambda one: one.number),
            clips.get(row.clip_id) if row.clip_id else None,
        )
        for row in rows
    ]


def _clips(session: Session, person: Person, cycle_id: uuid.UUID, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Clip]:
    """Those of the clips that the asker may see, whose coachee may have kept some private."""
    found = session.scalars(select(Clip).where(of_cycle(person, cycle_id), Clip.id.in_(set(ids))))
    return {clip.id: clip for clip in found}


def _older_steps(session: Session, ids: set[uuid.UUID]) -> list[Step]:
    """Steps of strategies that the pair no longer uses."""
    return list(session.scalars(select(Step).where(Step.id.in_(ids))))


def clips_to_name(session: Session, person: Person, cycle_id: uuid.UUID) -> list[Clip]:
    """The cycle's clips that an entry may name, the newest first: one statement."""
    return list(
        session.scalars(
            select(Clip)
            .where(of_cycle(person, cycle_id))
            .order_by(Clip.created_at.desc(), Clip.id)
            .limit(CLIPS_TO_CHOOSE_FROM)
        )
    )


def practice_on_cycle(
    session: Session, person: Person, cycle_id: uuid.UUID, strategies: list[StrategyVersion]
) -> Practice:
    """Five statements."""
    entries = entries_page(session, person, cycle_id, strategies, limit=ENTRIES_ON_CYCLE)
    return Practice(entries, count_entries(session, cycle_id))


def resources_on_cycle(session: Session, cycle_id: uuid.UUID) -> Resources:
    """Two statements."""
    return Resources(resources_of(session, cycle_id, limit=RESOURCES_ON_CYCLE), count_resources(session, cycle_id))
