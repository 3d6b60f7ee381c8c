"""Both people of a pair plan, move, cancel and record their meetings."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.cycles.models import CoachingSession, Cycle
from veo_workflow.cycles.sessions import rules
from veo_workflow.cycles.sessions.queries import around, zone_of
from veo_workflow.database import now
from veo_workflow.errors import Conflict
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Pair, Person

HEARD_OF = {
    "session_planned": NoticeKind.SESSION_PLANNED,
    "session_moved": NoticeKind.SESSION_MOVED,
    "session_cancelled": NoticeKind.SESSION_CANCELLED,
}


def plan(session: Session, cycle: Cycle, planned: rules.Plan, *, by: Person) -> CoachingSession:
    """Raises InvalidInput when the pair already meets then."""
    _one_at_a_time(session, cycle.pair_id)
    rules.check_free(planned, around(session, cycle.pair_id, planned), zone_of(session, cycle.school_id))
    meeting = CoachingSession(
        school_id=cycle.school_id, pair_id=cycle.pair_id, cycle_id=cycle.id, changed_by_id=by.id, **vars(planned)
    )
    session.add(meeting)
    session.flush()
    _note(session, meeting, "session_planned", by)
    return meeting


def move(session: Session, meeting: CoachingSession, planned: rules.Plan, *, version: int, by: Person) -> None:
    """Another time, length, place or purpose, written over `version` of the meeting.

    Raises InvalidInput when the pair already meets then or the meeting is over, Conflict when the other person changed
    it meanwhile.
    """
    _one_at_a_time(session, meeting.pair_id)
    session.refresh(meeting)
    rules.check_planned(meeting)
    if meeting.version != version:
        raise Conflict("The other person has just changed this session. Both plans are below.", code="session_changed")
    others = [other for other in around(session, meeting.pair_id, planned) if other.id != meeting.id]
    rules.check_free(planned, others, zone_of(session, meeting.school_id))
    for name, value in vars(planned).items():
        setattr(meeting, name, value)
    _changed(session, meeting, "session_moved", by)


def cancel(session: Session, meeting: CoachingSession, *, by: Person) -> None:
    """Raises InvalidInput when it was held or is cancelled already."""
    _one_at_a_time(session, meeting.pair_id)
    session.refresh(meeting)
    rules.check_planned(meeting)
    meeting.cancelled_at = now()
    _changed(session, meeting, "session_cancelled", by)


def cancel_all(session: Session, pair: Pair, *, by: uuid.UUID | None) -> None:
    """Nothing planned by a pair that ends takes place; the coachee, who keeps the cycle, hears of each.""" ""
    _one_at_a_time(session, pair.id)
    planned = select(CoachingSession).where(
        CoachingSession.pair_id == pair.id,
        CoachingSession.starts_at > now(),
        CoachingSession.held_at.is_(None),
        CoachingSession.cancelled_at.is_(None),
    )
    for meeting in session.scalars(planned.execution_options(populate_existing=True)):
        meeting.cancelled_at = meeting.changed_at = now()
        meeting.version += 1
        meeting.changed_by_id = by or meeting.changed_by_id
        tell(session, [pair.coachee_id], NoticeKind.SESSION_CANCELLED, meeting.id, by=by)
        record(session, "session_cancelled", by=by, school=pair.school_id, subject=("coaching_session", meeting.id))


def hold(session: Session, meeting: CoachingSession, minutes: int, *, by: Person) -> None:
    """The pair has met, for so many minutes; recorded again, the minutes are corrected. Raises InvalidInput."""
    _one_at_a_time(session, meeting.pair_id)
    session.refresh(meeting)
    zone = zone_of(session, meeting.school_id)
    rules.check_held(meeting, now().astimezone(zone).date(), zone)
    meeting.held_at = meeting.held_at or now()
    meeting.minutes = minutes
    _changed(session, meeting, "session_held", by)


def _changed(session: Session, meeting: CoachingSession, action: str, by: Person) -> None:
    meeting.version += 1
    meeting.changed_at, meeting.changed_by_id = now(), by.id
    _note(session, meeting, action, by)


def _note(session: Session, meeting: CoachingSession, action: str, by: Person) -> None:
    if action in HEARD_OF:
        pair = session.get_one(Pair, meeting.pair_id)
        tell(session, [pair.coach_id, pair.coachee_id], HEARD_OF[action], meeting.id, by=by.id)
    record(session, action, by=by.id, school=meeting.school_id, subject=("coaching_session", meeting.id))


def _one_at_a_time(session: Session, pair_id: uuid.UUID) -> None:
    """Two that plan at once: the second sees what the first has planned."""
    session.execute(select(Pair.id).where(Pair.id == pair_id).with_for_update(key_share=True))
