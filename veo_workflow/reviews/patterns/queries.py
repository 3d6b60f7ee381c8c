"""What the pages of patterns count, in a fixed number of statements however much has been tagged.

Columns are selected, and never a note: a count needs no words.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.clips.models import Clip, ClipState, Purpose
from veo_workflow.clips.queries import ClipSeen, clip_for
from veo_workflow.cycles.models import GoalRevision, MeasureReading
from veo_workflow.cycles.queries import CycleSeen, current_goal, cycle_for, latest_reading, strategies_in_use
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import PressKind, Step
from veo_workflow.reviews.patterns.rules import Figure, Film, Mark, figure, looked_at
from veo_workflow.reviews.queries import CLIPS_TO_CHOOSE_FROM, STEPS_TO_CHOOSE_FROM, visible_moments
from veo_workflow.tags.models import Tag
from veo_workflow.tags.queries import NumberedStep, number_steps

FILMS_ON_A_PAGE = 6
MARKS_COUNTED = 8000


@dataclass(frozen=True)
class Line:
    """One step: its figure in each film of the page, and in all of then and all of now."""

    step: NumberedStep
    is_state: bool
    figures: list[Figure]
    then: Figure | None
    now: Figure | None


@dataclass(frozen=True)
class CyclePatterns:
    seen: CycleSeen
    goal: GoalRevision | None
    reading: MeasureReading | None
    whose: uuid.UUID | None
    films: list[Film]
    lines: list[Line]
    page: int
    more: bool


@dataclass(frozen=True)
class Lane:
    """One step along one clip: where its moments are, and its figure."""

    step: NumberedStep
    is_state: bool
    marks: list[Mark]
    figure: Figure


@dataclass(frozen=True)
class ClipPatterns:
    seen: ClipSeen
    whose: uuid.UUID | None
    lanes: list[Lane]


def cycle_patterns(
    session: Session, person: Person, cycle_id: uuid.UUID, choose: Callable[[CycleSeen], uuid.UUID | None], page: int
) -> CyclePatterns:
    """Everything the cycle's page shows, in nine statements. `choose` says whose moments. Raises NotFound."""
    seen = cycle_for(session, person, cycle_id, Verb.SEE, Thing.REVIEW)
    whose = choose(seen)
    visible = (visible_moments(person, cycle_id), *_by(whose))
    marks = _marks(session, *visible)
    films = looked_at(_films(session, *visible), marks)
    start = (page - 1) * FILMS_ON_A_PAGE
    shown = films[start : start + FILMS_ON_A_PAGE]
    then, now = ([film for film in films if film.purpose is side] for side in (Purpose.BASELINE, Purpose.PROGRESS))
    lines = [
        Line(
            step,
            step.step.press is PressKind.START_END,
            [found for film in shown if (found := figure([film], marks, step.step.id))],
            figure(then, marks, step.step.id),
            figure(now, marks, step.step.id),
        )
        for step in _steps(session, cycle_id, *visible)
    ]
    return CyclePatterns(
        seen=seen,
        goal=current_goal(session, cycle_id),
        reading=latest_reading(session, cycle_id),
        whose=whose,
        films=shown,
        lines=lines,
        page=page,
        more=start + FILMS_ON_A_PAGE < len(films),
    )


def clip_patterns(
    session: Session, person: Person, clip_id: uuid.UUID, choose: Callable[[ClipSeen], uuid.UUID | None]
) -> ClipPatterns:
    """Everything the clip's page shows, in six statements. Raises NotFound."""
    seen = clip_for(session, person, clip_id)
    whose = choose(seen)
    visible = (Tag.clip_id == clip_id, Tag.shared_at.is_not(None), Clip.state == ClipState.READY, *_by(whose))
    marks = _marks(session, *visible)
    film = _film(seen.clip)
    lanes = [
        Lane(step, step.step.press is PressKind.START_END, own, found)
        for step in _steps(session, seen.cycle.id, *visible)
        if (found := figure([film], marks, step.step.id))
        if (own := [mark for mark in marks if mark.step_id == step.step.id])
    ]
    return ClipPatterns(seen, whose, lanes)


def _by(whose: uuid.UUID | None) -> Sequence[ColumnElement[bool]]:
    return () if whose is None else (Tag.author_id == whose,)


def _marks(session: Session, *visible: ColumnElement[bool]) -> list[Mark]:
    rows = session.execute(
        select(Tag.clip_id, Tag.step_id, Tag.author_id, Tag.start_ms, Tag.end_ms)
        .join(Clip, Clip.id == Tag.clip_id)
        .where(*visible)
        .order_by(Tag.start_ms, Tag.id)
        .limit(MARKS_COUNTED)
    )
    return [Mark(*row) for row in rows]


def _films(session: Session, *visible: ColumnElement[bool]) -> list[Film]:
    tagged = select(Tag.clip_id).join(Clip, Clip.id == Tag.clip_id).where(*visible)
    clips = session.scalars(
        select(Clip).where(Clip.id.in_(tagged)).order_by(Clip.created_at, Clip.id).limit(CLIPS_TO_CHOOSE_FROM)
    )
    return [_film(clip) for clip in clips]


def _film(clip: Clip) -> Film:
    return Film(clip.id, clip.title, clip.created_at, clip.purpose, clip.duration_ms or 0)


def _steps(session: Session, cycle_id: uuid.UUID, *visible: ColumnElement[bool]) -> list[NumberedStep]:
    """The steps in use, and others that moments still speak of: three statements."""
    tagged = select(Tag.step_id).join(Clip, Clip.id == Tag.clip_id).where(*visible)
    others = session.scalars(
        select(Step)
        .where(Step.id.in_(tagged))
        .order_by(Step.strategy_version_id, Step.number)
        .limit(STEPS_TO_CHOOSE_FROM)
    )
    return number_steps(strategies_in_use(session, cycle_id), others)
