import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.errors import NotFound
from veo_workflow.people.models import Person


def staff_found(session: Session, school_id: uuid.UUID, name: str, *, limit: int, offset: int = 0) -> list[Person]:
    """Everybody with a live account at the school whose name has `name` in it, by name."""
    query = (
        select(Person)
        .where(Person.school_id == school_id, Person.disabled_at.is_(None))
        .order_by(Person.name, Person.id)
        .limit(limit)
        .offset(offset)
    )
    if name:
        query = query.where(Person.name.icontains(name, autoescape=True))
    return list(session.scalars(query))


def member_of(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> Person:
    """Somebody with a live account at the school. Raises NotFound."""
    found = session.scalar(
        select(Person).where(Person.id == person_id, Person.school_id == school_id, Person.disabled_at.is_(None))
    )
    if found is None:
        raise NotFound()
    return found
