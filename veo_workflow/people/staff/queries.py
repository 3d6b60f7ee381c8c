import uuid
from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from veo_workflow.people.models import Coach, Invitation, Person, PersonRole, Role
from veo_workflow.people.roster.queries import facts_of
from veo_workflow.people.staff.rules import Known

EVERYBODY = 5000  # more colleagues than one school has


def known_by(session: Session, school_id: uuid.UUID, emails: Collection[str]) -> dict[str, Known]:
    """Who has one of these addresses on this installation, by address: two statements."""
    return _known(session, school_id, Person.email.in_(emails))


def staff_of(session: Session, school_id: uuid.UUID) -> list[Known]:
    """Everybody with a live account at the school, by name: two statements."""
    here = and_(Person.school_id == school_id, Person.disabled_at.is_(None))
    return sorted(_known(session, school_id, here).values(), key=lambda person: (person.name, person.email))


def _known(session: Session, school_id: uuid.UUID, which: ColumnElement[bool]) -> dict[str, Known]:
    on_roster = and_(Coach.person_id == Person.id, Coach.ended_at.is_(None))
    people = session.execute(
        select(Person.id, Person.email, Person.name, Person.school_id, Person.disabled_at, Coach)
        .outerjoin(Coach, on_roster)
        .where(which)
        .limit(EVERYBODY)
    )
    roles: dict[uuid.UUID, set[Role]] = defaultdict(set)
    held = select(PersonRole.person_id, PersonRole.role).join(Person, Person.id == PersonRole.person_id)
    for person_id, role in session.execute(held.where(which)):
        roles[person_id].add(role)
    return {
        email: Known(
            person_id,
            email,
            name,
            frozenset(roles[person_id]),
            facts_of(coach) if coach else None,
            is_stranger=school != school_id,
            has_left=left is not None,
        )
        for person_id, email, name, school, left, coach in people
    }


def has_not_begun() -> ColumnElement[bool]:
    """Of a person: invited, and no password chosen yet."""
    return and_(Person.password_hash.is_(None), Person.disabled_at.is_(None))


def unwritten(school_id: uuid.UUID) -> ColumnElement[bool]:
    """Of a person: has not begun, and no invitation letter is on its way or was taken by the mail server."""
    letter = exists().where(Invitation.person_id == Person.id, Invitation.refused_at.is_(None))
    return and_(Person.school_id == school_id, has_not_begun(), ~letter)


def count_waiting(session: Session, school_id: uuid.UUID) -> tuple[int, int]:
    """How many have not begun, and to how many of them no letter goes or went: two statements."""
    counted = select(func.count()).select_from(Person)
    begun = session.scalar(counted.where(Person.school_id == school_id, has_not_begun())) or 0
    return begun, session.scalar(counted.where(unwritten(school_id))) or 0


def beginners(session: Session, school_id: uuid.UUID, ids: Collection[uuid.UUID]) -> list[Person]:
    """Those of these people at the school who have not begun, by name."""
    query = select(Person).where(Person.school_id == school_id, Person.id.in_(ids), has_not_begun())
    return list(session.scalars(query.order_by(Person.name, Person.id)))


def letters_to(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Invitation]:
    """The invitation letters to these people, by person."""
    return {row.person_id: row for row in session.scalars(select(Invitation).where(Invitation.person_id.in_(ids)))}
