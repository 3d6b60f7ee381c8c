"""The letter a day: how many things are new and what kind they are, by whom; nothing of what they say."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from veo_workflow import mail
from veo_workflow.database import database_now
from veo_workflow.notices import operations, queries
from veo_workflow.pages.noticeboard.queries import due_letters, names_of
from veo_workflow.pages.noticeboard.words import sentence
from veo_workflow.people.models import Person
from veo_workflow.schools.models import School
from veo_workflow.services import Services

AT_ONCE = 50
LINES = 20


@dataclass(frozen=True)
class Letter:
    to: str
    subject: str
    text: str
    about: tuple[uuid.UUID, ...]


def send_digests(services: Services) -> int:
    """Write to those for whom something waits, and return to how many.

    Marked once the server has taken the letter: a process killed in between writes twice rather than never.  An address
    that the server refuses is not tried again for these.
    """
    if not mail.may_send(services.settings, services.redis):
        return 0
    with services.database.reading() as session:
        at = database_now(session)
        due = due_letters(session, at, limit=AT_ONCE)
        letters = [_letter(session, services.settings.origin, person, school) for person, school in due]
    return sum(_send(services, letter, at) for letter in letters)


def _letter(session: Session, origin: str, person: Person, school: School) -> Letter:
    notices = queries.unmailed(session, person.id, limit=LINES)
    names = names_of(session, [notice.by_id for notice in notices if notice.by_id])
    said = [sentence(notice.kind, names[notice.by_id] if notice.by_id else None) for notice in notices]
    count = "One thing is" if len(said) == 1 else f"{len(said)} things are"
    lines = "\n".join(f"- {line}" for line in said)
    text = (
        f"Dear {person.given_name},\n\n{count} new in coaching at {school.name}:\n\n{lines}\n\n"
        f"Read them here: {origin}/notices\n\n"
        f"You get this letter once a day at most. To get none: {origin}/notices#mail\n"
    )
    return Letter(person.email, f"{count} new in coaching", text, tuple(notice.id for notice in notices))


def _send(services: Services, letter: Letter, at: datetime) -> bool:
    sent = mail.try_to_send(services.settings, services.redis, letter.to, letter.subject, letter.text)
    if sent is mail.Outcome.LATER:
        return False
    with services.database.transaction() as session:
        operations.mark_mailed(session, letter.about, at)
    return True
