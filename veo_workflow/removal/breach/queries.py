"""Who had access to what, and when: for the report of a breach."""

import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import IO, Any

from sqlalchemy import Row, Subquery, case, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from veo_workflow import sheets
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip
from veo_workflow.errors import NotFound
from veo_workflow.people.models import Person
from veo_workflow.removal.breach.asking import Asked
from veo_workflow.removal.breach.rules import Period
from veo_workflow.removal.breach.spans import NO_DAY, Rows, of_others, of_owners, of_viewings

HEADING = ("kind", "from", "until", "who", "what", "clip", "whose lesson", "uploaded")
COULD, DID = "could", "did"
COLUMNS = ("since", "until", "who", "what", "clip_id", "whose", "uploaded", "last_day", "key")
AT_ONCE = 200


@dataclass(frozen=True)
class Line:
    """`kind` is `could`, of what somebody might have watched, or `did`; `until` is None where it lasts."""

    kind: str
    since: datetime
    until: datetime | None
    who: str
    what: str
    clip_id: uuid.UUID
    whose: str
    uploaded: datetime

    def row(self) -> tuple[object, ...]:
        return astuple(self)


def person_asked_for(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> Person:
    """Anybody of the school, also who has left. Raises NotFound."""
    found = session.get(Person, person_id)
    if found is None or found.school_id != school_id:
        raise NotFound()
    return found


def clip_asked_for(session: Session, school_id: uuid.UUID, clip_id: uuid.UUID) -> tuple[Clip, Person]:
    """Any clip of the school, also one that is gone, and its owner. Raises NotFound."""
    asked = select(Clip, Person).join(Person, Person.id == Clip.owner_id)
    row = session.execute(asked.where(Clip.id == clip_id, Clip.school_id == school_id)).first()
    if row is None:
        raise NotFound()
    return row[0], row[1]


def people_named(session: Session, school_id: uuid.UUID, name: str, *, limit: int, offset: int = 0) -> list[Person]:
    """With these letters in their name, also who has left: one statement and one for their roles."""
    asked = select(Person).where(Person.school_id == school_id, Person.name.icontains(name, autoescape=True))
    return list(session.scalars(asked.order_by(Person.name, Person.id).limit(limit).offset(offset)))


def lines(session: Session, asked: Asked, *, limit: int, offset: int = 0) -> list[Line]:
    """First who could watch, as it was then, and then who did what: one statement, and no row that is not shown."""
    rows = session.execute(_in_order(_all(asked)).limit(limit).offset(offset))
    return [_line(row, asked.period) for row in rows]


def count(session: Session, asked: Asked) -> int:
    """How many lines a pack has: one statement."""
    return session.scalar(select(func.count()).select_from(_all(asked))) or 0


def every_line(session: Session, asked: Asked) -> Iterator[Line]:
    """The whole pack by one statement, of which memory holds `AT_ONCE` rows at a time."""
    for row in session.execute(_in_order(_all(asked)).execution_options(yield_per=AT_ONCE)):
        yield _line(row, asked.period)


def as_csv(session: Session, asked: Asked) -> IO[bytes]:
    """The whole pack in a file without a name, from its beginning: whoever sends it holds no transaction meanwhile."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed by who has sent it
    for text in sheets.pieces(HEADING, (line.row() for line in every_line(session, asked))):
        file.write(text.encode())
    file.seek(0)
    return file


def _in_order(pack: Subquery) -> Rows:
    return select(pack).order_by(pack.c.kind, pack.c.since, pack.c.key, pack.c.who)


def _all(asked: Asked) -> Subquery:
    could = union_all(*(_named(rows) for rows in (of_owners(asked), of_others(asked), of_viewings(asked)))).subquery()
    within = select(literal(COULD).label("kind"), could).where(asked.touches(could))
    return union_all(within, _deeds(asked)).subquery()


def _named(rows: Rows) -> Rows:
    part = rows.subquery()
    return select(*(column.label(name) for column, name in zip(part.c, COLUMNS, strict=True)))


def _deeds(asked: Asked) -> Rows:
    owner, period = aliased(Person), asked.period
    ours = Person.school_id == asked.school_id
    who = case((Person.id.is_(None), "the system"), (ours, Person.name), else_="somebody at another school")
    wanted = (
        select(
            *(literal(DID), AuditEntry.at, AuditEntry.at, who),
            *(AuditEntry.action, Clip.id, owner.name, Clip.created_at, NO_DAY, AuditEntry.id),
        )
        .join(Clip, Clip.id == AuditEntry.subject_id)
        .join(owner, owner.id == Clip.owner_id)
        .outerjoin(Person, Person.id == AuditEntry.person_id)
        .where(Clip.school_id == asked.school_id, asked.about(AuditEntry.__table__.c.person_id))
    )
    if period.since:
        wanted = wanted.where(AuditEntry.at >= period.since)
    if period.before:
        wanted = wanted.where(AuditEntry.at < period.before)
    return wanted


def _line(row: Row[*tuple[Any, ...]], period: Period) -> Line:
    until, last_day = row.until, row.last_day
    if last_day is not None:
        until = min(each for each in (until, period.end_of(last_day)) if each is not None)
    return Line(row.kind, row.since, until, row.who, row.what, row.clip_id, row.whose, row.uploaded)
