"""Logs as a lead reads them. Never the pair's note: no statement here names its table."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from veo_workflow.errors import NotFound
from veo_workflow.oversight.models import CoachingLog
from veo_workflow.people.models import Pair, Person
from veo_workflow.schools.models import HalfTerm, Term


@dataclass(frozen=True)
class HandedIn:
    """A log as the lead reads it."""

    log: CoachingLog
    coach: str
    coachee: str
    term: str
    half_term: HalfTerm


def handed_in(
    session: Session, school_id: uuid.UUID, half_term_ids: Collection[uuid.UUID], *, limit: int, offset: int = 0
) -> list[HandedIn]:
    """Logs the lead may read, newest first: three statements, one each for the conversations and the themes."""
    rows = session.execute(
        _readable(school_id)
        .where(CoachingLog.half_term_id.in_(half_term_ids))
        .order_by(CoachingLog.handed_in_at.desc(), CoachingLog.id)
        .limit(limit)
        .offset(offset)
    )
    return [HandedIn(*row) for row in rows]


def handed_in_log(session: Session, person: Person, log_id: uuid.UUID) -> HandedIn:
    """One log as the lead reads it. Raises NotFound."""
    row = session.execute(_readable(person.school_id).where(CoachingLog.id == log_id)).first()
    if row is None:
        raise NotFound()
    return HandedIn(*row)


def _readable(school_id: uuid.UUID) -> Select[CoachingLog, str, str, str, HalfTerm]:
    coach, coachee = aliased(Person), aliased(Person)
    return (
        select(CoachingLog, coach.name, coachee.name, Term.name, HalfTerm)
        .join(Pair, Pair.id == CoachingLog.pair_id)
        .join(coach, coach.id == Pair.coach_id)
        .join(coachee, coachee.id == Pair.coachee_id)
        .join(HalfTerm, HalfTerm.id == CoachingLog.half_term_id)
        .join(Term, Term.id == HalfTerm.term_id)
        .where(CoachingLog.school_id == school_id, CoachingLog.handed_in_at.is_not(None))
    )
