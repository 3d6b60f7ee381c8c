"""The letter a day: how many things are new and what kind they are, by whom; nothing of what they say."""

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow import mail
from veo_workflow.database import database_now
from veo_workflow.mail import MailNotSent
from veo_workflow.notices import operations, queries
from veo_workflow.pages.noticeboard.words import sentence
from veo_workflow.people.models import Person
from veo_workflow.schools.models import School
from veo_workflow.services import Services

log = logging.getLogger(__name__)

AT_ONCE = 50
LINES = 20
FIRST_HOUR, LAST_HOUR = 7, 18  # where the school is: nobody is written to in the evening
PAUSED = "veo:mail:paused"
PAUSE_SECONDS = 900


@dataclass(frozen=True)
class Letter:
    to: str
    subject: str
    text: str
    about: tuple[uuid.UUID, ...]


def send_digests(services: Services) -> int:
    """Write to those for whom something waits, and return to how many.

    Marked once the server has taken the letter: a process killed in between writes twice rather than never.  A server
    that does not answer is left alone for a quarter of an hour; an address it refuses is not tried again for these.
    """
    if not services.settings.smtp_host or services.redis.exists(PAUSED):
        return 0
    with services.database.reading() as session:
        at = database_now(session)
        letters = [
            _letter(session, services, person, at) for person in queries.due_for_mail(session, at, limit=AT_ONCE)
        ]
    return sum(_send(services, letter, at) for letter in letters if letter)


def _letter(session: Session, services: Services, person_id: uuid.UUID, at: datetime) -> Letter | None:
    person, school = session.execute(
        select(Person, School).join(School, School.id == Person.school_id).where(Person.id == person_id)
    ).one()
    if person.disabled_at or not FIRST_HOUR <= at.astimezone(ZoneInfo(school.timezone)).hour < LAST_HOUR:
        return None
    notices = queries.unmailed(session, person_id, limit=LINES)
    names = _names(session, [notice.by_id for notice in notices if notice.by_id])
    said = [sentence(notice.kind, names[notice.by_id] if notice.by_id else None) for notice in notices]
    count = "One thing is" if len(said) == 1 else f"{len(said)} things are"
    lines = "\n".join(f"- {line}" for line in said)
    origin = services.settings.origin
    text = (
        f"Dear {person.given_name},\n\n{count} new in coaching at {school.name}:\n\n{lines}\n\n"
        f"Read them here: {origin}/notices\n\n"
        f"You get this letter once a day at most. To get none: {origin}/notices#mail\n"
    )
    return Letter(person.email, f"{count} new in coaching", text, tuple(notice.id for notice in notices))


def _names(session: Session, ids: list[uuid.UUID]) -> dict[uuid.UUID, str]:
    return {row[0]: row[1] for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))}


def _send(services: Services, letter: Letter, at: datetime) -> bool:
    if services.redis.exists(PAUSED):
        return False
    try:
        mail.send(services.settings, letter.to, letter.subject, letter.text)
    except MailNotSent as error:
        log.warning("a digest was not sent: %s", error.code)
        if error.code != mail.REFUSED:
            services.redis.set(PAUSED, 1, ex=PAUSE_SECONDS)
            return False
    with services.database.transaction() as session:
        operations.mark_mailed(session, letter.about, at)
    return True
