"""What stands beside each other, in a fixed number of statements however much has been tagged."""

import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.clips.models import Clip, Purpose
from veo_workflow.clips.queries import ClipSeen, renditions_of
from veo_workflow.cycles.queries import CycleSeen, cycle_for, strategies_in_use
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import Step
from veo_workflow.reviews.comparing.rules import sides
from veo_workflow.reviews.queries import CLIPS_TO_CHOOSE_FROM, STEPS_TO_CHOOSE_FROM, visible_moments
from veo_workflow.tags.models import Tag
from veo_workflow.tags.queries import NumberedStep, number_steps

MOMENTS_TO_CHOOSE_FROM = 12


@dataclass(frozen=True)
class Wanted:
    """Which step, which two moments of it, and which page of each side's moments somebody asked to see."""

    step_id: uuid.UUID | None = None
    then_id: uuid.UUID | None = None
    now_id: uuid.UUID | None = None
    then_page: int = 1
    now_page: int = 1


@dataclass(frozen=True)
class Shown:
    """A shared moment of the step, with its clip as the asker stands to it."""

    tag: Tag
    clip: Clip
    author: Person


@dataclass(frozen=True)
class Side:
    """One of the two pictures: the moment it shows, and a page of those it could show instead."""

    name: str
    chosen: Shown | None
    film: ClipSeen | None
    moments: list[Shown]
    page: int
    more: bool


@dataclass(frozen=True)
class ComparingPage:
    seen: CycleSeen
    steps: list[NumberedStep]
    step: NumberedStep | None
    then: Side
    now: Side

    @property
    def is_complete(self) -> bool:
        return self.then.chosen is not None and self.now.chosen is not None


def comparing_page(session: Session, person: Person, cycle_id: uuid.UUID, wanted: Wanted) -> ComparingPage:
    """Everything the page shows, in nine statements, or ten. Raises NotFound."""
    seen = cycle_for(session, person, cycle_id, Verb.SEE, Thing.REVIEW)
    tagged = _tagged_steps(session, person, cycle_id)
    ids = {step.id for step, _ in tagged}
    numbered = number_steps(strategies_in_use(session, cycle_id), [step for step, _ in tagged])
    steps = [one for one in numbered if one.step.id in ids]
    both = {step.id for step, has_both in tagged if has_both}
    first = next((one for one in steps if one.step.id in both), steps[0] if steps else None)
    step = next((one for one in steps if one.step.id == wanted.step_id), first)
    then, now = _both_sides(session, person, seen, step.step.id if step else None, wanted)
    return ComparingPage(seen, steps, step, then, now)


def _tagged_steps(session: Session, person: Person, cycle_id: uuid.UUID) -> list[tuple[Step, bool]]:
    """The steps that have moments, and whether both a baseline and a progress clip has some of them."""
    purposes = (Purpose.BASELINE, Purpose.PROGRESS)
    sides_with_some = func.count(case((Clip.purpose.in_(purposes), Clip.purpose)).distinct())
    found = (
        select(Tag.step_id, sides_with_some.label("sides"))
        .join(Clip, Clip.id == Tag.clip_id)
        .where(visible_moments(person, cycle_id), Tag.step_id.is_not(None))
        .group_by(Tag.step_id)
        .subquery()
    )
    rows = session.execute(
        select(Step, found.c.sides)
        .join(found, found.c.step_id == Step.id)
        .order_by(Step.strategy_version_id, Step.number)
        .limit(STEPS_TO_CHOOSE_FROM)
    )
    return [(row[0], row[1] == len(purposes)) for row in rows]


def _both_sides(
    session: Session, person: Person, seen: CycleSeen, step_id: uuid.UUID | None, wanted: Wanted
) -> tuple[Side, Side]:
    """Five statements."""
    belongs = (visible_moments(person, seen.cycle.id), Tag.step_id == step_id)
    tagged = sides(_tagged_clips(session, *belongs))
    asked = _moments(session, *belongs, Tag.id.in_([wanted.then_id, wanted.now_id]))
    listed = [
        _moments(session, *belongs, Clip.id.in_(clips), page=page)
        for clips, page in ((tagged.then, wanted.then_page), (tagged.now, wanted.now_page))
    ]
    chosen = [
        next((shown for shown in asked if shown.tag.id == wanted_id), moments[0] if moments else None)
        for wanted_id, moments in zip((wanted.then_id, wanted.now_id), listed, strict=True)
    ]
    files = renditions_of(session, [shown.clip.id for shown in chosen if shown])

    def side(name: str, place: int, page: int) -> Side:
        shown, moments = chosen[place], listed[place]
        film = ClipSeen(shown.clip, seen.cycle, seen.pair, seen.relations, files[shown.clip.id]) if shown else None
        return Side(name, shown, film, moments[:MOMENTS_TO_CHOOSE_FROM], page, len(moments) > MOMENTS_TO_CHOOSE_FROM)

    return side("then", 0, wanted.then_page), side("now", 1, wanted.now_page)


def _tagged_clips(session: Session, *belongs: ColumnElement[bool]) -> list[tuple[uuid.UUID, Purpose]]:
    rows = session.execute(
        select(Clip.id, Clip.purpose)
        .join(Tag, Tag.clip_id == Clip.id)
        .where(*belongs)
        .group_by(Clip.id, Clip.purpose, Clip.created_at)
        .order_by(Clip.created_at, Clip.id)
        .limit(CLIPS_TO_CHOOSE_FROM)
    )
    return [(row[0], row[1]) for row in rows]


def _moments(session: Session, *belongs: ColumnElement[bool], page: int = 1) -> list[Shown]:
    """One page of moments in lesson order, and one more where there are more."""
    rows = session.execute(
        select(Tag, Clip, Person)
        .join(Clip, Clip.id == Tag.clip_id)
        .join(Person, Person.id == Tag.author_id)
        .where(*belongs)
        .order_by(Clip.created_at, Clip.id, Tag.start_ms, Tag.id)
        .limit(MOMENTS_TO_CHOOSE_FROM + 1)
        .offset((page - 1) * MOMENTS_TO_CHOOSE_FROM)
    )
    return [Shown(*row) for row in rows]
