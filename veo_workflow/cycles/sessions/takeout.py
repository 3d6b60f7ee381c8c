"""What a pair's meetings put into takeouts."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from veo_workflow.cycles.models import CoachingSession
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.cycles.takeout import may_look_at
from veo_workflow.people.models import Pair, Person

SHEETS = {"sessions": ("starts_at", "minutes", "with", "stage", "is_review", "place", "held_at", "cancelled_at")}
SESSIONS_OF_A_CYCLE = 1_000


def taken_out(session: Session, person: Person, seen: CycleSeen) -> dict[str, Any]:
    """The cycle's meetings in order: one statement."""
    meetings = session.scalars(
        select(CoachingSession)
        .where(CoachingSession.cycle_id == seen.cycle.id)
        .order_by(CoachingSession.starts_at, CoachingSession.id)
        .limit(SESSIONS_OF_A_CYCLE)
    )
    return {"sessions": [described(meeting) for meeting in meetings]}


def of_person(session: Session, person: Person) -> dict[str, Any]:
    """The meetings of every pair they may look at: one statement."""
    rows = session.execute(
        select(CoachingSession, Pair)
        .join(Pair, Pair.id == CoachingSession.pair_id)
        .options(joinedload(Pair.coach), joinedload(Pair.coachee))
        .where(may_look_at(person))
        .order_by(CoachingSession.starts_at, CoachingSession.id)
    )
    return {
        "sessions": [
            described(meeting) | {"with": pair.other(person.id).name, "cycle_id": meeting.cycle_id}
            for meeting, pair in rows
        ]
    }


def described(meeting: CoachingSession) -> dict[str, Any]:
    return {
        "id": meeting.id,
        "starts_at": meeting.starts_at,
        "minutes": meeting.minutes,
        "stage": meeting.stage,
        "is_review": meeting.is_review,
        "place": meeting.place,
        "held_at": meeting.held_at,
        "cancelled_at": meeting.cancelled_at,
    }
