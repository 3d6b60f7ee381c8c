import uuid

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from veo_workflow.errors import InvalidInput, NotFound
from veo_workflow.people.models import Pair, Person


def pairs_of_school(
    session: Session, school_id: uuid.UUID, *, ended: bool, name: str = "", limit: int, offset: int = 0
) -> list[Pair]:
    """A school's present pairs by coachee, or its ended ones, latest first; `name` is part of either's name."""
    coach, coachee = aliased(Person), aliased(Person)
    query = (
        select(Pair)
        .join(coach, Pair.coach_id == coach.id)
        .join(coachee, Pair.coachee_id == coachee.id)
        .options(contains_eager(Pair.coach.of_type(coach)), contains_eager(Pair.coachee.of_type(coachee)))
        .where(Pair.school_id == school_id, Pair.ended_at.is_not(None) if ended else Pair.ended_at.is_(None))
        .limit(limit)
        .offset(offset)
    )
    if name:
        found = (person.name.icontains(name, autoescape=True) for person in (coach, coachee))
        query = query.where(or_(*found))
    order = (Pair.ended_at.desc(), Pair.id) if ended else (coachee.name, coach.name, Pair.id)
    return list(session.scalars(query.order_by(*order)))


def count_active(session: Session, school_id: uuid.UUID) -> int:
    query = select(func.count()).select_from(Pair).where(Pair.school_id == school_id, Pair.ended_at.is_(None))
    return session.scalar(query) or 0


def pair_at_school(session: Session, school_id: uuid.UUID, pair_id: uuid.UUID, *, lock: bool = False) -> Pair:
    """Any pair of the school, with both people; `lock` keeps it from being ended twice. Raises NotFound."""
    query = (
        select(Pair)
        .options(joinedload(Pair.coach, innerjoin=True), joinedload(Pair.coachee, innerjoin=True))
        .where(Pair.id == pair_id, Pair.school_id == school_id)
    )
    pair = session.scalar(query.with_for_update(of=Pair) if lock else query)
    if pair is None:
        raise NotFound()
    return pair


def member(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> Person:
    """Somebody with a live account at the school, as chosen in a form. Raises InvalidInput."""
    found = session.scalar(
        select(Person).where(Person.id == person_id, Person.school_id == school_id, Person.disabled_at.is_(None))
    )
    if found is None:
        raise InvalidInput("That colleague has no account here any longer. Choose somebody else.")
    return found
