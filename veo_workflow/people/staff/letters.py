"""Invitations by letter, sent in rounds by upkeep: whoever asks for hundreds does not wait for a mail server."""

import uuid

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from veo_workflow import mail
from veo_workflow.database import now
from veo_workflow.people.models import Invitation, LinkPurpose, Person
from veo_workflow.people.operations import make_link
from veo_workflow.people.staff.queries import has_not_begun
from veo_workflow.schools.models import School
from veo_workflow.services import Services

AT_ONCE = 50


def send_invitations(services: Services) -> int:
    """Write to those who wait for an invitation, longest first, and return to how many.

    A letter's link is made when it is written, and ends any made before.  Marked once the server has taken the letter:
    a process killed in between writes twice rather than never.
    """
    if not mail.may_send(services.settings, services.redis):
        return 0
    with services.database.reading() as session:
        waiting = _waiting(session)
    return sum(_write(services, person, school) for person, school in waiting)


def _waiting(session: Session) -> list[tuple[Person, str]]:
    rows = session.execute(
        select(Person, School.name)
        .join(Invitation, Invitation.person_id == Person.id)
        .join(School, School.id == Person.school_id)
        .where(Invitation.mailed_at.is_(None), Invitation.refused_at.is_(None), has_not_begun())
        .order_by(Invitation.asked_at, Person.id)
        .limit(AT_ONCE)
    )
    return [(person, school) for person, school in rows]


def _write(services: Services, person: Person, school: str) -> bool:
    if not mail.may_send(services.settings, services.redis):
        return False
    with services.database.transaction() as session:
        token = make_link(session, LinkPurpose.INVITATION, person)
    subject, text = _letter(person, school, f"{services.settings.origin}/welcome/{token}")
    outcome = mail.try_to_send(services.settings, services.redis, person.email, subject, text)
    if outcome is mail.Outcome.LATER:
        return False
    with services.database.transaction() as session:
        _mark(session, person.id, outcome)
    return outcome is mail.Outcome.TAKEN


def _letter(person: Person, school: str, link: str) -> tuple[str, str]:
    """Subject and text."""
    text = (
        f"Dear {person.given_name},\n\nyou have an account for coaching at {school}. Choose a password to begin:\n\n"
        f"{link}\n\nThe link is for you alone. It works once, and for 14 days; after that ask for a new one.\n"
    )
    return f"Your account for coaching at {school}", text


def _mark(session: Session, person_id: uuid.UUID, outcome: mail.Outcome) -> None:
    when = {"mailed_at": now()} if outcome is mail.Outcome.TAKEN else {"refused_at": now()}
    session.execute(update(Invitation).where(Invitation.person_id == person_id).values(when))
