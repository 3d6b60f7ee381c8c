import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from veo_workflow.access.policy import State, Verb
from veo_workflow.cycles.models import CoachingSession, Cycle
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.cycles.sessions.rules import LONGEST, Plan
from veo_workflow.errors import NotFound
from veo_workflow.people.models import Pair, Person
from veo_workflow.schools.models import School
from veo_workflow.schools.queries import school_days
from veo_workflow.schools.rules import due_on, moments_of
from veo_workflow.schools.year.rules import Span

AROUND = timedelta(days=200)  # reaches from any day over its half-term and the next
PLANNED = CoachingSession.held_at.is_(None) & CoachingSession.cancelled_at.is_(None)


@dataclass(frozen=True)
class MeetingSeen:
    """A meeting as one person of its pair sees it."""

    meeting: CoachingSession
    seen: CycleSeen


@dataclass(frozen=True)
class Meeting:
    """A meeting in a list; `closed` says why school is closed that day, if it is."""

    row: CoachingSession
    closed: str


@dataclass(frozen=True)
class Coming:
    """A meeting ahead, with the person it is with."""

    meeting: CoachingSession
    other: Person


@dataclass(frozen=True)
class Rhythm:
    """How a pair keeps to its rhythm: the next meeting, and what of the half-term's number is held.

    A closed cycle has no `next`; in an open one it may be one whose time has passed and that nobody has recorded yet.
    `due` is None in a year nobody has set.
    """

    zone: ZoneInfo
    next: CoachingSession | None
    next_is_past: bool
    held: int
    wanted: int
    due: date | None


def zone_of(session: Session, school_id: uuid.UUID) -> ZoneInfo:
    return ZoneInfo(session.get_one(School, school_id).timezone)


def meeting_for(session: Session, person: Person, meeting_id: uuid.UUID, verb: Verb = Verb.SEE) -> MeetingSeen:
    """The meeting, if the policy lets `person` do `verb` with its cycle: two statements.

    Raises NotFound, NotAllowed.
    """
    meeting = session.get(CoachingSession, meeting_id)
    if meeting is None or meeting.cycle_id is None:
        raise NotFound()
    return MeetingSeen(meeting, cycle_for(session, person, meeting.cycle_id, verb))


def meetings_of(session: Session, cycle: Cycle, zone: ZoneInfo, *, limit: int, offset: int = 0) -> list[Meeting]:
    """The cycle's meetings, latest first, each with whether school is open: three statements."""
    rows = session.scalars(
        select(CoachingSession)
        .where(CoachingSession.cycle_id == cycle.id)
        .order_by(CoachingSession.starts_at.desc(), CoachingSession.id)
        .limit(limit)
        .offset(offset)
    ).all()
    if not rows:
        return []
    days = [row.starts_at.astimezone(zone).date() for row in rows]
    open_days = school_days(session, cycle.school_id, Span(min(days), max(days)))
    return [Meeting(row, open_days.why_closed(day)) for row, day in zip(rows, days, strict=True)]


def why_closed(session: Session, meeting: CoachingSession, zone: ZoneInfo) -> str:
    """Why school is closed on the meeting's day, if it is: two statements."""
    day = meeting.starts_at.astimezone(zone).date()
    return school_days(session, meeting.school_id, Span(day, day)).why_closed(day)


def around(session: Session, pair_id: uuid.UUID, planned: Plan) -> list[CoachingSession]:
    """The pair's other meetings that might be at the same time; what was never held in a closed cycle is none."""
    return list(
        session.scalars(
            select(CoachingSession)
            .join(Cycle, Cycle.id == CoachingSession.cycle_id)
            .where(
                CoachingSession.pair_id == pair_id,
                CoachingSession.cancelled_at.is_(None),
                or_(CoachingSession.held_at.is_not(None), Cycle.closed_at.is_(None)),
                CoachingSession.starts_at > planned.starts_at - timedelta(minutes=LONGEST),
                CoachingSession.starts_at < planned.ends_at,
            )
            .limit(100)
        )
    )


def coming_sessions(session: Session, person: Person, now: datetime, limit: int) -> list[Coming]:
    """A person's planned meetings from `now` on, in open cycles of present pairs, soonest first: one statement."""
    return _coming(session, person, now, PLANNED, limit)


def sessions_for_calendar(session: Session, person: Person, now: datetime, limit: int) -> list[Coming]:
    """The same for a calendar, which has to be told what was cancelled."""
    return _coming(session, person, now, CoachingSession.held_at.is_(None), limit)


def _coming(session: Session, person: Person, now: datetime, which: ColumnElement[bool], limit: int) -> list[Coming]:
    rows = session.execute(
        select(CoachingSession, Pair)
        .join(Pair, Pair.id == CoachingSession.pair_id)
        .join(Cycle, Cycle.id == CoachingSession.cycle_id)
        .options(joinedload(Pair.coach), joinedload(Pair.coachee))
        .where(
            or_(Pair.coach_id == person.id, Pair.coachee_id == person.id),
            Pair.ended_at.is_(None),
            Cycle.closed_at.is_(None),
            CoachingSession.starts_at >= now,
            which,
        )
        .order_by(CoachingSession.starts_at, CoachingSession.id)
        .limit(limit)
    )
    return [Coming(meeting, pair.other(person.id)) for meeting, pair in rows]


def rhythm_of(session: Session, seen: CycleSeen, now: datetime) -> Rhythm:
    """The next meeting of a cycle and its pair's rhythm in the present half-term: five statements."""
    cycle, coachee = seen.cycle, seen.pair.coachee
    school = session.get_one(School, cycle.school_id)
    zone = ZoneInfo(school.timezone)
    today = now.astimezone(zone).date()
    days = school_days(session, cycle.school_id, Span(today - AROUND, today + AROUND))
    half = days.half_term_around(today)
    following = _next_of(session, cycle, now) if seen.state is State.OPEN else None
    agreed = coachee.sessions_a_half_term
    return Rhythm(
        zone=zone,
        next=following,
        next_is_past=following is not None and following.starts_at < now,
        held=_count_held(session, cycle.pair_id, half, zone) if half else 0,
        wanted=school.sessions_a_half_term if agreed is None else agreed,
        due=due_on(half, days) if half else None,
    )


def _next_of(session: Session, cycle: Cycle, now: datetime) -> CoachingSession | None:
    """The one that comes next; if there is none, the oldest that nobody has recorded."""
    return session.scalar(
        select(CoachingSession)
        .where(CoachingSession.cycle_id == cycle.id, PLANNED)
        .order_by(CoachingSession.starts_at < now, CoachingSession.starts_at)
        .limit(1)
    )


def held_in(session: Session, pair_id: uuid.UUID, half: Span, zone: ZoneInfo, *, limit: int) -> list[CoachingSession]:
    """The meetings of a pair that were held in a half-term, in whichever cycle, in order."""
    held = select(CoachingSession).where(_held(pair_id, half, zone))
    return list(session.scalars(held.order_by(CoachingSession.starts_at, CoachingSession.id).limit(limit)))


def _count_held(session: Session, pair_id: uuid.UUID, half: Span, zone: ZoneInfo) -> int:
    return session.scalar(select(func.count()).where(_held(pair_id, half, zone))) or 0


def _held(pair_id: uuid.UUID, half: Span, zone: ZoneInfo) -> ColumnElement[bool]:
    first, after = moments_of(half, zone)
    return and_(
        CoachingSession.pair_id == pair_id,
        CoachingSession.held_at.is_not(None),
        CoachingSession.cancelled_at.is_(None),
        CoachingSession.starts_at >= first,
        CoachingSession.starts_at < after,
    )
