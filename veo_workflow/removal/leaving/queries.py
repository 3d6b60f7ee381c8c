import uuid
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from veo_workflow.cycles.models import CoachingSession
from veo_workflow.errors import NotFound
from veo_workflow.people.models import Pair, Person, PersonRole, Role

LEADS = 100


def person_at_school(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> Person:
    """Anybody who has or had an account at the school. Raises NotFound."""
    person = session.scalar(select(Person).where(Person.id == person_id, Person.school_id == school_id))
    if person is None:
        raise NotFound()
    return person


def pairs_in(session: Session, person_id: uuid.UUID, *, lock: bool = False) -> list[Pair]:
    """The pairs somebody is in today, on either side."""
    query = (
        select(Pair)
        .where(Pair.ended_at.is_(None), or_(Pair.coach_id == person_id, Pair.coachee_id == person_id))
        .order_by(Pair.id)
    )
    return list(session.scalars(query.with_for_update() if lock else query))


def planned_in(session: Session, pairs: list[Pair], at: datetime) -> int:
    """How many coaching sessions these pairs still have before them."""
    query = select(func.count()).where(
        CoachingSession.pair_id.in_([pair.id for pair in pairs]),
        CoachingSession.starts_at > at,
        CoachingSession.held_at.is_(None),
        CoachingSession.cancelled_at.is_(None),
    )
    return session.scalar(query) or 0


def leads_of(session: Session, school_id: uuid.UUID) -> list[uuid.UUID]:
    query = (
        select(Person.id)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(Person.school_id == school_id, PersonRole.role == Role.LEAD, Person.disabled_at.is_(None))
        .limit(LEADS)
    )
    return list(session.scalars(query))


def who_has_left(
    session: Session, school_id: uuid.UUID, *, name: str, limit: int, offset: int = 0
) -> list[tuple[uuid.UUID, str, datetime]]:
    """(id, name, when) of those whose account is closed, the latest first; `name` is part of the name."""
    query = (
        select(Person.id, Person.name, Person.disabled_at)
        .where(Person.school_id == school_id, Person.disabled_at.is_not(None))
        .order_by(Person.disabled_at.desc(), Person.id)
        .limit(limit)
        .offset(offset)
    )
    if name:
        query = query.where(Person.name.icontains(name, autoescape=True))
    return [(person_id, said, left) for person_id, said, left in session.execute(query) if left]
