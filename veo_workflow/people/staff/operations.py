"""A list of staff is applied whole or not at all; `by` is the administrator."""

import uuid
from collections.abc import Collection
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Coach, Invitation, Person, PersonRole, Role
from veo_workflow.people.roster.queries import facts_of
from veo_workflow.people.staff import queries, rules


def what_would_change(session: Session, content: bytes, *, by: Person) -> rules.Import:
    """Raises InvalidInput for a file that cannot be read as a whole."""
    wanted, faults = rules.read(content)
    known = queries.known_by(session, by.school_id, [line.email for line in wanted])
    return rules.compare(wanted, faults, known, asker=by.id)


def apply(session: Session, content: bytes, *, mark: str, today: date, by: Person) -> list[Person]:
    """Everything the list says; returns who is new. `mark` is that of the import that was looked at.

    Raises InvalidInput for a list with faults, and Conflict when it would now do something else than it would have.
    """
    found = what_would_change(session, content, by=by)
    if found.mark != mark:
        raise _overtaken()
    if found.faults:
        raise InvalidInput("Nothing is imported while a line is wrong. Correct the file and choose it again.")
    try:
        with session.begin_nested():
            added = _add(session, found.added, today, by)
            _alter(session, found.changed, today, by)
    except IntegrityError:
        raise _overtaken() from None
    record(session, "staff_imported", by=by.id, school=by.school_id, subject=("school", by.school_id))
    return added


def _overtaken() -> Conflict:
    return Conflict(
        "Somebody else has changed these accounts since you looked. Nothing is imported yet; look at the list again.",
        code="import_overtaken",
    )


def _add(session: Session, lines: Collection[rules.Wanted], today: date, by: Person) -> list[Person]:
    added = []
    lines = sorted(lines, key=lambda line: line.email)  # so that of two imports at once neither waits for the other
    for line in lines:
        person = Person(school_id=by.school_id, email=line.email, name=line.name)
        person.roles = [PersonRole(role=role) for role in sorted(line.roles or ())]
        added.append(person)
    session.add_all(added)
    session.flush()
    for person, line in zip(added, lines, strict=True):
        record(session, "person_added", by=by.id, school=by.school_id, subject=("person", person.id))
        if facts := rules.coach_after(line, None, today):
            session.add(Coach(person_id=person.id, school_id=by.school_id, **vars(facts)))
    session.flush()
    return added


def _alter(session: Session, changes: Collection[rules.Change], today: date, by: Person) -> None:
    ids = [change.id for change in changes]
    people = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids)))}
    coaches = {coach.person_id: coach for coach in session.scalars(select(Coach).where(Coach.person_id.in_(ids)))}
    for change in changes:
        person, line = people[change.id], change.wanted
        person.name = line.name
        if line.roles is not None:
            change_roles(session, person, line.roles, by=by)
        _alter_coach(session, person, coaches.get(person.id), line, today, by)
        record(session, "person_changed", by=by.id, school=by.school_id, subject=("person", person.id))
    session.flush()


def change_roles(session: Session, person: Person, roles: frozenset[Role], *, by: Person) -> None:
    """What somebody does for the whole school from now on."""
    if roles != {held.role for held in person.roles}:
        person.roles = [held for held in person.roles if held.role in roles] + [
            PersonRole(role=role) for role in sorted(roles) if not person.has(role)
        ]
        tell(session, [person.id], NoticeKind.ROLES_CHANGED, person.id, by=by.id)
        record(session, "roles_changed", by=by.id, school=person.school_id, subject=("person", person.id))


def _alter_coach(
    session: Session, person: Person, coach: Coach | None, line: rules.Wanted, today: date, by: Person
) -> None:
    """What the roster says; somebody who had stopped, or never coached, is on it from today."""
    before = facts_of(coach) if coach and coach.ended_at is None else None
    after = rules.coach_after(line, before, today)
    if after is None or after == before:
        return
    if coach is None:
        session.add(Coach(person_id=person.id, school_id=person.school_id, **vars(after)))
    else:
        coach.since, coach.trained_on, coach.capacity, coach.ended_at = (
            after.since,
            after.trained_on,
            after.capacity,
            None,
        )
        coach.version += 1
    if before is None:
        tell(session, [person.id], NoticeKind.ROSTER_JOINED, person.id, by=by.id)


def ask_for_letters(session: Session, people: Collection[Person], *, by: Person) -> int:
    """Upkeep writes to them: an invitation letter each, with a link of its own. Returns to how many."""
    session.execute(delete(Invitation).where(Invitation.person_id.in_([person.id for person in people])))
    session.add_all(Invitation(person_id=person.id, asked_by_id=by.id, asked_at=now()) for person in people)
    record(session, "invitations_asked_for", by=by.id, school=by.school_id, subject=("school", by.school_id))
    return len(people)


def everybody_unwritten(session: Session, school_id: uuid.UUID) -> list[Person]:
    """Who has neither begun nor been written to."""
    query = select(Person).where(queries.unwritten(school_id)).order_by(Person.name, Person.id)
    return list(session.scalars(query.limit(queries.EVERYBODY)))
