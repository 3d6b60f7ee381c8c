"""What coaching logs put into takeouts: what a coach has written, and what a coachee may read of it.

The note for the pair goes to the two of the pair as its page does; a former coach keeps the logs, and no note.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from veo_workflow.access.policy import Relation
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.oversight.models import CoachingLog, PairNote
from veo_workflow.people.models import Pair, Person
from veo_workflow.schools.models import HalfTerm

SHEETS = {"logs": ("starts_on", "ends_on", "with", "role", "stage", "needs", "themes", "handed_in_at")}


def taken_out(session: Session, person: Person, seen: CycleSeen) -> dict[str, Any]:
    """The pair's logs of the cycle's term that the asker may read: three statements."""
    if not seen.relations & {Relation.COACH, Relation.COACHEE}:
        return {"logs": []}
    term = HalfTerm.term_id == seen.cycle.term_id
    return {"logs": _logs(session, person, and_(CoachingLog.pair_id == seen.pair.id, term))}


def of_person(session: Session, person: Person) -> dict[str, Any]:
    """Three statements."""
    return {"logs": _logs(session, person, or_(Pair.coach_id == person.id, Pair.coachee_id == person.id))}


def _logs(session: Session, person: Person, which: ColumnElement[bool]) -> list[dict[str, Any]]:
    written, read = Pair.coach_id == person.id, Pair.coachee_id == person.id
    rows = session.execute(
        select(CoachingLog, HalfTerm, Pair, PairNote.note)
        .join(Pair, Pair.id == CoachingLog.pair_id)
        .join(HalfTerm, HalfTerm.id == CoachingLog.half_term_id)
        .options(joinedload(Pair.coach), joinedload(Pair.coachee))
        .outerjoin(
            PairNote,
            and_(
                PairNote.pair_id == CoachingLog.pair_id,
                PairNote.half_term_id == CoachingLog.half_term_id,
                or_(read, Pair.ended_at.is_(None)),
            ),
        )
        .where(which, or_(written, and_(read, CoachingLog.handed_in_at.is_not(None))))
        .order_by(HalfTerm.starts_on, CoachingLog.id)
    )
    return [_described(log, half, pair, note, person) for log, half, pair, note in rows]


def _described(log: CoachingLog, half: HalfTerm, pair: Pair, note: str | None, person: Person) -> dict[str, Any]:
    return {
        "id": log.id,
        "starts_on": half.starts_on,
        "ends_on": half.ends_on,
        "role": "coach" if pair.coach_id == person.id else "coachee",
        "with": pair.other(person.id).name,
        "conversations": [
            {"held_on": held.held_on, "minutes": held.minutes, "stage": held.stage} for held in log.conversations
        ],
        "stage": log.stage,
        "needs": log.needs,
        "themes": [theme.name for theme in log.themes],
        "note": note,
        "changed_at": log.changed_at,
        "handed_in_at": log.handed_in_at,
    }
