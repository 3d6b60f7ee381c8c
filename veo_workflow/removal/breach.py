"""Who could see which clip, and who did what with it: what a school has to know when an account or a clip got out."""

import uuid
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from veo_workflow.audit.models import AuditEntry
from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip, ClipShare
from veo_workflow.cycles.models import Cycle
from veo_workflow.people.models import Pair, Person

HEADING = ("kind", "from", "until", "who", "what", "clip", "whose lesson")
Line = tuple[str, datetime | None, object, str, str, uuid.UUID | None, str]


def lines(session: Session, school_id: uuid.UUID, *, account: uuid.UUID | None, clip: uuid.UUID | None) -> list[Line]:
    """Of one account, or of one clip: first who could watch, then who did what; four statements. Writes that it was
    asked.
    """
    found = [
        *_owners(session, school_id, account, clip),
        *_coaches(session, school_id, account, clip),
        *_holders(session, school_id, account, clip),
        *_deeds(session, school_id, account, clip),
    ]
    subject = ("clip", clip) if clip else ("person", account)
    record(session, "breach_pack_made", by=None, school=school_id, subject=subject)
    return found


def _which(person: ColumnElement[uuid.UUID], account: uuid.UUID | None, clip: uuid.UUID | None) -> ColumnElement[bool]:
    return Clip.id == clip if clip else person == account


def _owners(session: Session, school: uuid.UUID, account: uuid.UUID | None, clip: uuid.UUID | None) -> Iterator[Line]:
    asked = select(Clip, Person.name).join(Person, Person.id == Clip.owner_id)
    of_them = _which(Clip.__table__.c.owner_id, account, clip)
    for row, name in session.execute(asked.where(Clip.school_id == school, of_them).order_by(Clip.created_at, Clip.id)):
        yield "could", row.created_at, row.ended_at, name, "owner", row.id, name


def _coaches(session: Session, school: uuid.UUID, account: uuid.UUID | None, clip: uuid.UUID | None) -> Iterator[Line]:
    coach, owner = aliased(Person), aliased(Person)
    rows = session.execute(
        select(Clip, Pair.ended_at, coach.name, owner.name)
        .join(Cycle, Cycle.id == Clip.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .join(coach, coach.id == Pair.coach_id)
        .join(owner, owner.id == Clip.owner_id)
        .where(
            Clip.school_id == school,
            Clip.shared_with_coach_at.is_not(None),
            _which(Pair.__table__.c.coach_id, account, clip),
        )
        .order_by(Clip.created_at, Clip.id)
    )
    for row, ended_at, name, whose in rows:
        yield "could", row.shared_with_coach_at, ended_at, name, "coach", row.id, whose


def _holders(session: Session, school: uuid.UUID, account: uuid.UUID | None, clip: uuid.UUID | None) -> Iterator[Line]:
    holder, owner = aliased(Person), aliased(Person)
    named = ClipShare.__table__.c.person_id
    rows = session.execute(
        select(ClipShare, holder.name, owner.name)
        .join(Clip, Clip.id == ClipShare.clip_id)
        .join(owner, owner.id == Clip.owner_id)
        .outerjoin(holder, holder.id == ClipShare.person_id)
        .where(Clip.school_id == school, or_(_which(named, account, clip), named.is_(None) & (clip is None)))
        .order_by(ClipShare.shared_at, ClipShare.id)
    )
    for share, name, whose in rows:
        until = share.revoked_at or share.until
        right = "shared with everybody" if name is None else "shared by name"
        yield "could", share.shared_at, until, name or "everybody at the school", right, share.clip_id, whose


def _deeds(session: Session, school: uuid.UUID, account: uuid.UUID | None, clip: uuid.UUID | None) -> Iterator[Line]:
    owner = aliased(Person)
    rows = session.execute(
        select(AuditEntry, Person.name, owner.name)
        .join(Clip, Clip.id == AuditEntry.subject_id)
        .join(owner, owner.id == Clip.owner_id)
        .outerjoin(Person, Person.id == AuditEntry.person_id)
        .where(Clip.school_id == school, _which(AuditEntry.__table__.c.person_id, account, clip))
        .order_by(AuditEntry.at, AuditEntry.id)
    )
    for entry, name, whose in rows:
        yield "did", entry.at, entry.at, name or "the system", entry.action, entry.subject_id, whose
