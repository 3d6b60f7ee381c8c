"""What home shows, in a fixed number of statements however much there is.

Several rooms meet here, so the selects join their rows; a person reaches all of them through their own pairs.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from veo_workflow.clips.models import Clip
from veo_workflow.clips.queries import ClipCard, cards
from veo_workflow.clips.shares.queries import ShareSeen, shared_with
from veo_workflow.cycles.learning.conversation.queries import unread_by_cycle
from veo_workflow.cycles.models import ChosenStrategy, Cycle, GoalRevision, MeasureReading
from veo_workflow.cycles.reality.queries import with_picture
from veo_workflow.cycles.sessions.queries import coming_sessions
from veo_workflow.database import now
from veo_workflow.pages.rules import NEWS_FOR, ClipFacts, CycleFacts, MeetingFacts, PairFacts, ShareFacts
from veo_workflow.people.models import Pair, Person
from veo_workflow.people.queries import active_pairs, school_of
from veo_workflow.reviews.models import Confirmation, NextAction, Review
from veo_workflow.schools.queries import today_at
from veo_workflow.tags.models import Tag

OPEN_CYCLES = 50
CLIPS_OF_OPEN_CYCLES = 100
CLIPS_ON_HOME = 6
ACTIONS_ON_HOME = 5
SHARED_ON_HOME = 6
MEETINGS_ON_HOME = 20


@dataclass(frozen=True)
class Moments:
    """How many moments of one clip the asker may see, by whose they are and whether they are shared."""

    mine: int = 0
    my_drafts: int = 0
    from_other: int = 0
    fresh_from_other: int = 0

    @property
    def seen(self) -> int:
        return self.mine + self.from_other


@dataclass(frozen=True)
class OpenCycle:
    """An open cycle on home: its rows, and the same as plain values for the rules."""

    cycle: Cycle
    goal: GoalRevision | None
    reading: MeasureReading | None
    facts: CycleFacts


@dataclass(frozen=True)
class Due:
    """A next action of the asker's own, agreed in a review."""

    what: str
    due_on: date | None
    cycle_id: uuid.UUID
    action_id: uuid.UUID


@dataclass(frozen=True)
class Home:
    pairs: list[Pair]
    cycles: list[OpenCycle]
    idle: list[PairFacts]
    due: list[Due]
    clips: list[ClipCard]
    more_clips: bool
    moments: dict[uuid.UUID, Moments]
    shared_with_me: list[ShareSeen]

    @property
    def to_watch(self) -> list[ShareFacts]:
        """What colleagues let the person watch, and they have not played yet."""
        return [
            ShareFacts(
                seen.share.id,
                seen.owner.given_name,
                seen.share.shows or seen.clip.title,
                seen.length_ms,
                seen.share.shared_at,
            )
            for seen in self.shared_with_me
            if seen.share.watched_at is None and seen.can_be_watched
        ]

    @property
    def is_coached(self) -> bool:
        return any(held.facts.is_coachee for held in self.cycles) or any(pair.is_coachee for pair in self.idle)


def home_of(session: Session, person: Person, *, clips_page: int = 1) -> Home:
    """Everything on a person's home but the school-wide parts: the statements do not grow with what there is."""
    pairs = active_pairs(session, person)
    cycles = _open_cycles(session, person)
    ids = [cycle.id for cycle in cycles]
    in_cycles = cards(session, person, cycle_ids=ids, limit=CLIPS_OF_OPEN_CYCLES)
    start = (clips_page - 1) * CLIPS_ON_HOME
    mine = cards(session, person, cycle_ids=_own_cycles(session, person), limit=CLIPS_ON_HOME + 1, offset=start)
    counts = moments_on(session, person, [card.clip.id for card in (*in_cycles, *mine)])
    busy = {cycle.pair_id for cycle in cycles}
    return Home(
        pairs=pairs,
        cycles=_with_facts(session, person, cycles, in_cycles, counts),
        idle=[
            PairFacts(pair.id, pair.other(person.id).given_name, pair.coachee_id == person.id)
            for pair in pairs
            if pair.id not in busy
        ],
        due=_due(session, person),
        clips=mine[:CLIPS_ON_HOME],
        more_clips=len(mine) > CLIPS_ON_HOME,
        moments=counts,
        shared_with_me=shared_with(session, person, limit=SHARED_ON_HOME),
    )


def _open_cycles(session: Session, person: Person) -> list[Cycle]:
    """The open cycles of a person's pairs of today, those in which they are coached first: one statement."""
    return list(
        session.scalars(
            select(Cycle)
            .join(Cycle.pair)
            .options(
                joinedload(Cycle.pair).joinedload(Pair.coach),
                joinedload(Cycle.pair).joinedload(Pair.coachee),
                joinedload(Cycle.term),
            )
            .where(
                Cycle.closed_at.is_(None),
                Pair.ended_at.is_(None),
                or_(Pair.coach_id == person.id, Pair.coachee_id == person.id),
            )
            .order_by(Pair.coachee_id != person.id, Cycle.opened_at.desc(), Cycle.id)
            .limit(OPEN_CYCLES)
        )
    )


def _own_cycles(session: Session, person: Person) -> list[uuid.UUID]:
    """Every cycle in which the person was coached, for the list of their own clips: one statement."""
    return list(
        session.scalars(
            select(Cycle.id)
            .join(Cycle.pair)
            .where(Pair.coachee_id == person.id)
            .order_by(Cycle.opened_at.desc())
            .limit(500)
        )
    )


def moments_on(session: Session, person: Person, clip_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Moments]:
    """What the asker may see of each clip's moments, as counts: one statement.

    The clips are ones the asker may see.  A draft is its author's own, so another's drafts are never counted.
    Fresh is what the other one shared lately, and since the pair last wrote in the cycle's review.
    """
    mine, shared = Tag.author_id == person.id, Tag.shared_at.is_not(None)
    unread = or_(Review.cycle_id.is_(None), Review.version == 0, Tag.shared_at > Review.changed_at)
    fresh = and_(~mine, unread, Tag.shared_at > now() - NEWS_FOR)
    rows = session.execute(
        select(Tag.clip_id, _count(mine), _count(and_(mine, ~shared)), _count(and_(~mine, shared)), _count(fresh))
        .join(Clip, Clip.id == Tag.clip_id)
        .outerjoin(Review, Review.cycle_id == Clip.cycle_id)
        .where(Tag.clip_id.in_(set(clip_ids)))
        .group_by(Tag.clip_id)
    )
    return {row[0]: Moments(*row[1:]) for row in rows}


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _with_facts(
    session: Session,
    person: Person,
    cycles: Sequence[Cycle],
    clips: Iterable[ClipCard],
    counts: dict[uuid.UUID, Moments],
) -> list[OpenCycle]:
    ids = [cycle.id for cycle in cycles]
    goals, readings = _current_goals(session, ids), _latest_readings(session, ids)
    meetings = _meetings(session, person)
    described = with_picture(session, ids)
    with_strategy, agreed = _with_strategy(session, ids), _agreements(session, ids)
    unread = unread_by_cycle(session, person.id, ids)
    by_cycle: defaultdict[uuid.UUID, list[ClipFacts]] = defaultdict(list)
    for card in clips:
        by_cycle[card.clip.cycle_id].append(clip_facts(card, counts.get(card.clip.id, Moments())))
    return [
        OpenCycle(
            cycle,
            goals.get(cycle.id),
            readings.get(cycle.id),
            replace(
                _plain(cycle, person),
                has_reality=cycle.id in described,
                has_goal=cycle.id in goals,
                has_strategy=cycle.id in with_strategy,
                i_agreed=person.id in agreed[cycle.id],
                other_agreed=bool(agreed[cycle.id] - {person.id}),
                clips=tuple(by_cycle[cycle.id]),
                meeting=meetings.get(cycle.id),
                unread=unread.get(cycle.id, 0),
            ),
        )
        for cycle in cycles
    ]


def _meetings(session: Session, person: Person) -> dict[uuid.UUID, MeetingFacts]:
    """The next meeting of each open cycle, as far as they are near: two statements."""
    zone, found = ZoneInfo(school_of(session, person).timezone), {}
    for coming in reversed(coming_sessions(session, person, now(), MEETINGS_ON_HOME)):
        row = coming.meeting
        if row.cycle_id is not None:
            today = now().astimezone(zone).date()
            found[row.cycle_id] = MeetingFacts(row.id, row.starts_at.astimezone(zone), today, row.is_review)
    return found


def _plain(cycle: Cycle, person: Person) -> CycleFacts:
    return CycleFacts(
        id=cycle.id,
        focus=cycle.focus,
        other=cycle.pair.other(person.id).given_name,
        is_coachee=cycle.pair.coachee_id == person.id,
        stage=cycle.stage,
        opened_at=cycle.opened_at,
    )


def clip_facts(card: ClipCard, moments: Moments) -> ClipFacts:
    clip = card.clip
    return ClipFacts(
        id=clip.id,
        title=clip.title,
        state=clip.state,
        purpose=clip.purpose,
        created_at=clip.created_at,
        ready_at=clip.ready_at,
        shared_at=clip.shared_with_coach_at,
        reason=clip.reason,
        reason_code=clip.reason_code,
        duration_ms=clip.duration_ms,
        being_trimmed=clip.is_being_trimmed,
        watchable=card.watchable,
        my_tags=moments.mine,
        my_drafts=moments.my_drafts,
        fresh_from_other=moments.fresh_from_other,
    )


def _current_goals(session: Session, cycle_ids: list[uuid.UUID]) -> dict[uuid.UUID, GoalRevision]:
    other = aliased(GoalRevision)
    newest = select(func.max(other.revision)).where(other.cycle_id == GoalRevision.cycle_id).scalar_subquery()
    found = session.scalars(
        select(GoalRevision).where(GoalRevision.cycle_id.in_(cycle_ids), GoalRevision.revision == newest)
    )
    return {goal.cycle_id: goal for goal in found}


def _latest_readings(session: Session, cycle_ids: list[uuid.UUID]) -> dict[uuid.UUID, MeasureReading]:
    place = func.row_number().over(
        partition_by=MeasureReading.cycle_id,
        order_by=(MeasureReading.taken_on.desc(), MeasureReading.recorded_at.desc()),
    )
    standing = and_(MeasureReading.cycle_id.in_(cycle_ids), MeasureReading.removed_at.is_(None))
    ranked = select(MeasureReading.id, place.label("place")).where(standing).subquery()
    found = session.scalars(
        select(MeasureReading).join(ranked, ranked.c.id == MeasureReading.id).where(ranked.c.place == 1)
    )
    return {reading.cycle_id: reading for reading in found}


def _with_strategy(session: Session, cycle_ids: list[uuid.UUID]) -> set[uuid.UUID]:
    return set(
        session.scalars(select(ChosenStrategy.cycle_id).where(ChosenStrategy.cycle_id.in_(cycle_ids)).distinct())
    )


def _agreements(session: Session, cycle_ids: list[uuid.UUID]) -> defaultdict[uuid.UUID, set[uuid.UUID]]:
    found: defaultdict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    rows = session.execute(
        select(Confirmation.cycle_id, Confirmation.person_id).where(Confirmation.cycle_id.in_(cycle_ids))
    )
    for cycle_id, person_id in rows:
        found[cycle_id].add(person_id)
    return found


def _due(session: Session, person: Person) -> list[Due]:
    """The person's own next actions, not long past and not done, the soonest first: one statement."""
    rows = session.execute(
        select(NextAction.what, NextAction.due_on, NextAction.cycle_id, NextAction.id)
        .join(Cycle, Cycle.id == NextAction.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .where(
            NextAction.owner_id == person.id,
            NextAction.done_at.is_(None),
            Pair.ended_at.is_(None),
            or_(NextAction.due_on.is_(None), NextAction.due_on >= today_at(session, person.school_id) - NEWS_FOR),
        )
        .order_by(NextAction.due_on.is_(None), NextAction.due_on, NextAction.id)
        .limit(ACTIONS_ON_HOME)
    )
    return [Due(*row) for row in rows]
