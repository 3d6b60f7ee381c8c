import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from veo_workflow.notices.models import Notice
from veo_workflow.notices.queries import is_due_for_mail
from veo_workflow.pages.noticeboard.words import sentence
from veo_workflow.people.models import Person
from veo_workflow.schools.models import School

FIRST_HOUR, LAST_HOUR = 7, 18  # where the school is: nobody is written to in the evening


@dataclass(frozen=True)
class Line:
    id: uuid.UUID
    sentence: str
    happened_at: datetime
    unread: bool


def notices_of(session: Session, person: Person, *, limit: int, offset: int = 0) -> list[Line]:
    """A person's notices, newest first, with the names of who did it: one statement."""
    rows = session.execute(
        select(Notice, Person.name)
        .outerjoin(Person, Person.id == Notice.by_id)
        .where(Notice.person_id == person.id)
        .order_by(Notice.happened_at.desc(), Notice.id)
        .limit(limit)
        .offset(offset)
    )
    return [
        Line(notice.id, sentence(notice.kind, name), notice.happened_at, notice.read_at is None)
        for notice, name in rows
    ]


def due_letters(session: Session, at: datetime, *, limit: int) -> list[tuple[Person, School]]:
    """To whom a letter may go now, who has waited longest first: two statements.

    Nobody who has left, and nobody at whose school it is not working hours: they would keep the others waiting.
    """
    schools = session.execute(select(School.id, School.timezone))
    awake = [school for school, zone in schools if FIRST_HOUR <= at.astimezone(ZoneInfo(zone)).hour < LAST_HOUR]
    waiting = (
        select(Notice.person_id, func.min(Notice.happened_at).label("since"))
        .where(is_due_for_mail(at))
        .group_by(Notice.person_id)
        .subquery()
    )
    rows = session.execute(
        select(Person, School)
        .join(waiting, waiting.c.person_id == Person.id)
        .join(School, School.id == Person.school_id)
        .where(Person.disabled_at.is_(None), School.id.in_(awake))
        .order_by(waiting.c.since, Person.id)
        .limit(limit)
    )
    return [(person, school) for person, school in rows]


def names_of(session: Session, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    return {row[0]: row[1] for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(set(ids))))}
