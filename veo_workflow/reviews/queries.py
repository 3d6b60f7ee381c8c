"""What the review page shows, in a fixed number of statements however much has been tagged."""

import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, func, select
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
from veo_workflow.reviews.models import Review, ReviewMoment
from veo_workflow.tags.models import Tag
from veo_workflow.wording import day

MOMENTS_ON_A_PAGE = 60
CLIPS_TO_CHOOSE_FROM = 50
STEPS_TO_CHOOSE_FROM = 60
EVIDENCE_BESIDE = 12


@dataclass(frozen=True)
class Wanted:
    """Which moments somebody asked to see: of one step, of one clip, only some of them, and in which order.

    The order is the pair's own unless it is the lesson's or goes step by step.
    """

    step_id: uuid.UUID | None = None
    clip_id: uuid.UUID | None = None
    by_step: bool = False
    in_lesson_order: bool = False
    starred: bool = False
    left_out: bool = False
    page: int = 1

    @property
    def narrowed(self) -> bool:
        return self.step_id is not None or self.clip_id is not None or self.starred or self.left_out

    @property
    def agreed_order(self) -> bool:
        return not (self.by_step or self.in_lesson_order)


@dataclass(frozen=True)
class Moment:
    """A shared tag with everything its card and its talk show. `order` counts over all pages, from 1."""

    order: int
    tag: Tag
    clip: Clip
    step: Step | None
    author: Person
    kept: ReviewMoment | None = None  # what the pair did with it; nobody has touched it without one

    @property
    def starred_by(self) -> uuid.UUID | None:
        return self.kept.starred_by_id if self.kept else None

    @property
    def left_out_by(self) -> uuid.UUID | None:
        return self.kept.left_out_by_id if self.kept else None

    @property
    def talked(self) -> bool:
        return self.kept is not None and self.kept.talked_at is not None

    @property
    def taken(self) -> str:
        return self.kept.taken if self.kept else ""

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
    starred: int
    left_out: int
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
    review, starred, left_out = review_of(session, person, cycle_id)
    return ReviewPage(
        seen=seen,
        goal=current_goal(session, cycle_id),
        reading=latest_reading(session, cycle_id),
        strategies=strategies_in_use(session, cycle_id),
        review=review,
        moments=moments,
        total=total,
        steps=tagged_steps(session, person, cycle_id),
        clips=tagged_clips(session, person, cycle_id),
        wanted=wanted,
        starred=starred,
        left_out=left_out,
        adaptations=adaptations_of(session, cycle_id),
        evidence=pieces_of(session, cycle_id, limit=EVIDENCE_BESIDE + 1),
    )


SHOWN = and_(Clip.state == ClipState.READY, Clip.flagged_at.is_(None), Tag.shared_at.is_not(None))


def visible_moments(person: Person, cycle_id: uuid.UUID) -> ColumnElement[bool]:
    """Shared moments of the cycle's ready clips that the asker may see; the asker is one of its pair.

    A clip its owner keeps private is not in the coach's review, nor are its moments; nobody's drafts are.
    """
    return and_(of_cycle(person, cycle_id), SHOWN)


def review_moments(session: Session, person: Person, cycle_id: uuid.UUID, wanted: Wanted) -> tuple[list[Moment], int]:
    """One page of moments and how many there are in all: one statement."""
    offset = (wanted.page - 1) * MOMENTS_ON_A_PAGE
    asked = (
        select(Tag, Clip, Step, Person, ReviewMoment, func.count().over())
        .join(Clip, Clip.id == Tag.clip_id)
        .join(Person, Person.id == Tag.author_id)
        .outerjoin(Step, Step.id == Tag.step_id)
        .outerjoin(ReviewMoment, kept_of(cycle_id))
        .where(visible_moments(person, cycle_id), *asked_for(wanted))
    )
    if wanted.by_step:
        asked = asked.outerjoin(ChosenStrategy, _chosen(cycle_id)).order_by(*STEP_ORDER)
    order = AGREED_ORDER if wanted.agreed_order else LESSON_ORDER
    rows = session.execute(asked.order_by(*order).limit(MOMENTS_ON_A_PAGE).offset(offset)).all()
    moments = [Moment(offset + n, *row[:5]) for n, row in enumerate(rows, 1)]
    return moments, rows[0][5] if rows else 0


def kept_of(cycle_id: uuid.UUID) -> ColumnElement[bool]:
    """Joins what the pair did with a tag in this cycle's review."""
    return and_(ReviewMoment.cycle_id == cycle_id, ReviewMoment.tag_id == Tag.id)


def asked_for(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What was asked for, as conditions on a tag and what the pair did with it."""
    left_out = ReviewMoment.left_out_by_id
    conditions: list[ColumnElement[bool]] = [left_out.is_not(None) if wanted.left_out else left_out.is_(None)]
    if wanted.step_id is not None:
        conditions.append(Tag.step_id == wanted.step_id)
    if wanted.clip_id is not None:
        conditions.append(Tag.clip_id == wanted.clip_id)
    if wanted.starred:
        conditions.append(ReviewMoment.starred_by_id.is_not(None))
    return conditions


def review_of(session: Session, person: Person, cycle_id: uuid.UUID) -> tuple[Review | None, int, int]:
    """The review, how many moments that the asker may see have a star, and how many are left out: one statement,
    and two for its rows."""
    left_out = ReviewMoment.left_out_by_id.is_not(None)
    starred = and_(ReviewMoment.starred_by_id.is_not(None), ~left_out)

    def count(condition: ColumnElement[bool]) -> ScalarSelect[int]:
        seen = select(func.count()).select_from(ReviewMoment).join(Tag, kept_of(cycle_id))
        return (
            seen.join(Clip, Clip.id == Tag.clip_id)
            .where(visible_moments(person, cycle_id), condition)
            .scalar_subquery()
        )

    row = session.execute(select(Review, count(starred), count(left_out)).where(Review.cycle_id == cycle_id)).first()
    return (row[0], row[1], row[2]) if row else (None, 0, 0)


def tagged_steps(session: Session, person: Person, cycle_id: uuid.UUID) -> list[tuple[Step, int]]:
    """The steps that have moments, in the pair's order, each with its number of moments: one statement."""
    counts = (
        select(Tag.step_id, func.count().label("moments"))
        .join(Clip, Clip.id == Tag.clip_id)
        .where(visible_moments(person, cycle_id), _not_left_out(cycle_id), Tag.step_id.is_not(None))
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
        .where(visible_moments(person, cycle_id), _not_left_out(cycle_id))
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


def _not_left_out(cycle_id: uuid.UUID) -> ColumnElement[bool]:
    left_out = select(ReviewMoment.tag_id).where(
        ReviewMoment.cycle_id == cycle_id, ReviewMoment.left_out_by_id.is_not(None)
    )
    return Tag.id.not_in(left_out)


def _chosen(cycle_id: uuid.UUID) -> ColumnElement[bool]:
    return and_(ChosenStrategy.cycle_id == cycle_id, ChosenStrategy.strategy_version_id == Step.strategy_version_id)


LESSON_ORDER = (Clip.created_at, Clip.id, Tag.start_ms, Tag.id)
AGREED_ORDER = (ReviewMoment.position.is_(None), ReviewMoment.position, *LESSON_ORDER)
# Strategies in the pair's order, then those no longer in use; moments without a step come last.
STEP_ORDER = (
    case((Step.id.is_(None), 2), (ChosenStrategy.position.is_(None), 1), else_=0),
    ChosenStrategy.position,
    Step.strategy_version_id,
    Step.number,
)


def versions_of(session: Session, cycle_id: uuid.UUID) -> tuple[int, int]:
    """How often the queue and the record of a review have changed: one statement."""
    row = session.execute(select(Review.queue_version, Review.version).where(Review.cycle_id == cycle_id)).first()
    return (row[0], row[1]) if row else (0, 0)


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
