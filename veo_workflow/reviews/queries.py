"""What the review page shows, in a fixed number of statements however much has been tagged."""

import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.clips.queries import of_cycle
from veo_workflow.cycles.adapting.queries import adaptations_of
from veo_workflow.cycles.evidence.queries import Piece, pieces_of
from veo_workflow.cycles.models import ChosenStrategy, GoalRevision, MeasureReading, Outcome
from veo_workflow.cycles.queries import CycleSeen, current_goal, cycle_for, latest_reading, strategies_in_use
from veo_workflow.people.models import Pair, Person
from veo_workflow.playbook.models import Step, StrategyVersion
from veo_workflow.reviews import rules
from veo_workflow.reviews.models import Review
from veo_workflow.tags.models import Tag
from veo_workflow.wording import day

MOMENTS_ON_A_PAGE = 60
CLIPS_TO_CHOOSE_FROM = 50
STEPS_TO_CHOOSE_FROM = 60
EVIDENCE_BESIDE = 12


@dataclass(frozen=True)
class Wanted:
    """Which moments somebody asked to see: of one step, of one clip, in lesson order or by step."""

    step_id: uuid.UUID | None = None
    clip_id: uuid.UUID | None = None
    by_step: bool = False
    page: int = 1

    @property
    def narrowed(self) -> bool:
        return self.step_id is not None or self.clip_id is not None


@dataclass(frozen=True)
class Moment:
    """A shared tag with everything its card and its talk show. `order` counts over all pages, from 1."""

    order: int
    tag: Tag
    clip: Clip
    step: Step | None
    author: Person

    @property
    def when(self) -> str:
        return rules.WHEN[self.clip.purpose]


@dataclass(frozen=True)
class ReviewPage:
    seen: CycleSeen
    goal: GoalRevision | None
    reading: MeasureReading | None
    strategies: list[StrategyVersion]
    review: Review | None
    moments: list[Moment]
    total: int
    steps: list[tuple[Step, int]]
    clips: list[tuple[Clip, int]]
    wanted: Wanted
    adaptations: dict[uuid.UUID, str]
    evidence: list[Piece]  # one more than is shown, where there is more

    @property
    def numbers(self) -> dict[uuid.UUID, int]:
        """Each step's number, counted through all strategies as in the tagging studio; older steps come after."""
        in_use = [step.id for strategy in self.strategies for step in strategy.steps]
        return {step_id: n for n, step_id in enumerate(dict.fromkeys(in_use + [step.id for step, _ in self.steps]), 1)}

    @property
    def more_evidence(self) -> bool:
        return len(self.evidence) > EVIDENCE_BESIDE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // MOMENTS_ON_A_PAGE))


def review_page(session: Session, person: Person, cycle_id: uuid.UUID, wanted: Wanted) -> ReviewPage:
    """Everything the page shows, in fourteen statements. Raises NotFound."""
    seen = cycle_for(session, person, cycle_id, Verb.SEE, Thing.REVIEW)
    moments, total = review_moments(session, person, cycle_id, wanted)
    return ReviewPage(
        seen=seen,
        goal=current_goal(session, cycle_id),
        reading=latest_reading(session, cycle_id),
        strategies=strategies_in_use(session, cycle_id),
        review=session.get(Review, cycle_id),
        moments=moments,
        total=total,
        steps=tagged_steps(session, person, cycle_id),
        clips=tagged_clips(session, person, cycle_id),
        wanted=wanted,
        adaptations=adaptations_of(session, cycle_id),
        evidence=pieces_of(session, cycle_id, limit=EVIDENCE_BESIDE + 1),
    )


def visible_moments(person: Person, cycle_id: uuid.UUID) -> ColumnElement[bool]:
    """Shared moments of the cycle's ready clips that the asker may see; the asker is one of its pair.

    A clip its owner keeps private is not in the coach's review, nor are its moments; nobody's drafts are.
    """
    return and_(of_cycle(person, cycle_id), Clip.state == ClipState.READY, Tag.shared_at.is_not(None))


def review_moments(session: Session, person: Person, cycle_id: uuid.UUID, wanted: Wanted) -> tuple[list[Moment], int]:
    """One page of moments and how many there are in all: one statement."""
    offset = (wanted.page - 1) * MOMENTS_ON_A_PAGE
    asked = (
        select(Tag, Clip, Step, Person, func.count().over())
        .join(Clip, Clip.id == Tag.clip_id)
        .join(Person, Person.id == Tag.author_id)
        .outerjoin(Step, Step.id == Tag.step_id)
        .where(visible_moments(person, cycle_id))
    )
    if wanted.step_id is not None:
        asked = asked.where(Tag.step_id == wanted.step_id)
    if wanted.clip_id is not None:
        asked = asked.where(Tag.clip_id == wanted.clip_id)
    if wanted.by_step:
        asked = asked.outerjoin(ChosenStrategy, _chosen(cycle_id)).order_by(*STEP_ORDER)
    rows = session.execute(
        asked.order_by(Clip.created_at, Clip.id, Tag.start_ms, Tag.id).limit(MOMENTS_ON_A_PAGE).offset(offset)
    ).all()
    moments = [Moment(offset + n, tag, clip, step, author) for n, (tag, clip, step, author, _) in enumerate(rows, 1)]
    return moments, rows[0][4] if rows else 0


def tagged_steps(session: Session, person: Person, cycle_id: uuid.UUID) -> list[tuple[Step, int]]:
    """The steps that have moments, in the pair's order, each with its number of moments: one statement."""
    counts = (
        select(Tag.step_id, func.count().label("moments"))
        .join(Clip, Clip.id == Tag.clip_id)
        .where(visible_moments(person, cycle_id), Tag.step_id.is_not(None))
        .group_by(Tag.step_id)
        .subquery()
    )
    rows = session.execute(
        select(Step, counts.c.moments)
        .join(counts, counts.c.step_id == Step.id)
        .outerjoin(ChosenStrategy, _chosen(cycle_id))
        .order_by(*STEP_ORDER)
        .limit(STEPS_TO_CHOOSE_FROM)
    )
    return [(row[0], row[1]) for row in rows]


def tagged_clips(session: Session, person: Person, cycle_id: uuid.UUID) -> list[tuple[Clip, int]]:
    """The clips that have moments, the earliest first, each with its number of moments: one statement."""
    counts = (
        select(Tag.clip_id, func.count().label("moments"))
        .join(Clip, Clip.id == Tag.clip_id)
        .where(visible_moments(person, cycle_id))
        .group_by(Tag.clip_id)
        .subquery()
    )
    rows = session.execute(
        select(Clip, counts.c.moments)
        .join(counts, counts.c.clip_id == Clip.id)
        .order_by(Clip.created_at, Clip.id)
        .limit(CLIPS_TO_CHOOSE_FROM)
    )
    return [(row[0], row[1]) for row in rows]


def _chosen(cycle_id: uuid.UUID) -> ColumnElement[bool]:
    return and_(ChosenStrategy.cycle_id == cycle_id, ChosenStrategy.strategy_version_id == Step.strategy_version_id)


# Strategies in the pair's order, then those no longer in use; moments without a step come last.
STEP_ORDER = (
    case((Step.id.is_(None), 2), (ChosenStrategy.position.is_(None), 1), else_=0),
    ChosenStrategy.position,
    Step.strategy_version_id,
    Step.number,
)


def record_of(review: Review | None) -> rules.Record:
    """The row as plain values; a review nobody has begun is an empty record."""
    if review is None:
        return rules.Record()
    actions = tuple(rules.Action(action.what, action.owner_id, action.due_on) for action in review.actions)
    return rules.Record(review.celebrate, review.improve, actions, review.outcome)


def agreed_by(review: Review | None) -> set[uuid.UUID]:
    return {confirmation.person_id for confirmation in review.confirmations} if review else set()


def pair_ids(pair: Pair) -> tuple[uuid.UUID, uuid.UUID]:
    return pair.coachee_id, pair.coach_id


def said(part: str | Outcome | tuple[rules.Action, ...] | None, pair: Pair) -> str:
    """One part of a record as people read it in a conflict."""
    if part is None:
        return "Nothing chosen yet"
    if isinstance(part, Outcome):
        return rules.OUTCOMES[part]
    if isinstance(part, str):
        return part
    return "\n".join(_said_action(action, pair) for action in part)


def _said_action(action: rules.Action, pair: Pair) -> str:
    owner = pair.coach if action.owner_id == pair.coach_id else pair.coachee
    return f"{action.what} ({owner.given_name}{f', by {day(action.due_on)}' if action.due_on else ''})"
