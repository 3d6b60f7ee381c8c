import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session, aliased

from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip, ClipShare
from veo_workflow.cycles.models import Cycle
from veo_workflow.errors import NotFound
from veo_workflow.people.models import Pair, Person
from veo_workflow.removal.breach.rules import EVER, Period, open_to_coach

HEADING = ("kind", "from", "until", "who", "what", "clip", "whose lesson", "uploaded")
SHARED, TAKEN_BACK = "clip_shared_with_coach", "clip_unshared_with_coach"


@dataclass(frozen=True)
class Asked:
    """What a pack is about: an account or a clip of one school, one of the two, and a time."""

    school_id: uuid.UUID
    account: uuid.UUID | None = None
    clip: uuid.UUID | None = None
    period: Period = EVER

    @property
    def subject(self) -> tuple[str, uuid.UUID | None]:
        return ("clip", self.clip) if self.clip else ("person", self.account)

    def about(self, person: ColumnElement[uuid.UUID | None]) -> ColumnElement[bool]:
        return Clip.id == self.clip if self.clip else person == self.account


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


def lines(session: Session, asked: Asked) -> list[Line]:
    """First who could watch, as it was then, and then who did what: five statements, however long the pack is."""
    could = [*_owners(session, asked), *_coaches(session, asked), *_holders(session, asked)]
    return [*(line for line in could if asked.period.touches(line.since, line.until)), *_deeds(session, asked)]


def _owners(session: Session, asked: Asked) -> Iterator[Line]:
    rows = session.execute(
        select(Clip, Person.name)
        .join(Person, Person.id == Clip.owner_id)
        .where(Clip.school_id == asked.school_id, asked.about(Clip.__table__.c.owner_id))
        .order_by(Clip.created_at, Clip.id)
    )
    for clip, name in rows:
        yield Line("could", clip.created_at, clip.ended_at, name, "owner", clip.id, name, clip.created_at)


def _coaches(session: Session, asked: Asked) -> Iterator[Line]:
    """By what the log says of each time the clip was shared and taken back: what is shared today says too little."""
    coach, owner = aliased(Person), aliased(Person)
    of_pair = (
        select(Clip, Pair.ended_at, coach.name, owner.name)
        .join(Cycle, Cycle.id == Clip.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .join(coach, coach.id == Pair.coach_id)
        .join(owner, owner.id == Clip.owner_id)
        .where(Clip.school_id == asked.school_id, asked.about(Pair.__table__.c.coach_id))
    )
    changes: defaultdict[uuid.UUID, list[tuple[datetime, bool]]] = defaultdict(list)
    noted = (
        of_pair.with_only_columns(Clip.id, AuditEntry.at, AuditEntry.action)
        .join(AuditEntry, AuditEntry.subject_id == Clip.id)
        .where(AuditEntry.action.in_((SHARED, TAKEN_BACK)))
        .order_by(AuditEntry.at, AuditEntry.id)
    )
    for clip_id, at, action in session.execute(noted):
        changes[clip_id].append((at, action == SHARED))
    for clip, pair_ended_at, name, whose in session.execute(of_pair.order_by(Clip.created_at, Clip.id)):
        spans = open_to_coach(changes[clip.id], clip.shared_with_coach_at, pair_ended_at, clip.ended_at)
        for since, until in spans:
            yield Line("could", since, until, name, "coach", clip.id, whose, clip.created_at)


def _holders(session: Session, asked: Asked) -> Iterator[Line]:
    holder, owner = aliased(Person), aliased(Person)
    named = ClipShare.__table__.c.person_id
    rows = session.execute(
        select(ClipShare, holder.name, owner.name, Clip.created_at)
        .join(Clip, Clip.id == ClipShare.clip_id)
        .join(owner, owner.id == Clip.owner_id)
        .outerjoin(holder, holder.id == ClipShare.person_id)
        .where(Clip.school_id == asked.school_id)
        .where(or_(asked.about(named), named.is_(None) if asked.clip is None else ~true()))
        .order_by(ClipShare.shared_at, ClipShare.id)
    )
    for share, name, whose, uploaded in rows:
        until = share.revoked_at or asked.period.end_of(share.until)
        right = "shared with everybody" if name is None else "shared by name"
        who = name or "everybody at the school"
        yield Line("could", share.shared_at, until, who, right, share.clip_id, whose, uploaded)


def _deeds(session: Session, asked: Asked) -> Iterator[Line]:
    owner, period = aliased(Person), asked.period
    wanted = (
        select(AuditEntry, Person.name, owner.name, Clip)
        .join(Clip, Clip.id == AuditEntry.subject_id)
        .join(owner, owner.id == Clip.owner_id)
        .outerjoin(Person, Person.id == AuditEntry.person_id)
        .where(Clip.school_id == asked.school_id, asked.about(AuditEntry.__table__.c.person_id))
        .order_by(AuditEntry.at, AuditEntry.id)
    )
    if period.since:
        wanted = wanted.where(AuditEntry.at >= period.since)
    if period.before:
        wanted = wanted.where(AuditEntry.at < period.before)
    for entry, name, whose, clip in session.execute(wanted):
        who = name or "the system"
        yield Line("did", entry.at, entry.at, who, entry.action, clip.id, whose, clip.created_at)
