import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.notices.models import Notice
from veo_workflow.pages.noticeboard.words import sentence
from veo_workflow.people.models import Person


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
