import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from veo_workflow.cycles.learning.models import Message, ReadUpTo

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Talk:
    """A page of a conversation, oldest first; `read_at` is how far the asker had read before it."""

    messages: list[Message]
    more: bool
    read_at: datetime

    def is_new(self, message: Message, person_id: uuid.UUID) -> bool:
        return message.author_id != person_id and message.sent_at > self.read_at and message.taken_back_at is None


def talk_of(session: Session, cycle_id: uuid.UUID, person_id: uuid.UUID, *, limit: int, offset: int = 0) -> Talk:
    """Of the messages of a cycle that the asker may see, the newest `limit` before the newest `offset`: two statements.

    Within the page the newest is last.
    """
    read_at = session.scalar(
        select(ReadUpTo.read_at).where(ReadUpTo.cycle_id == cycle_id, ReadUpTo.person_id == person_id)
    )
    found = session.scalars(
        select(Message)
        .where(Message.cycle_id == cycle_id)
        .order_by(Message.sent_at.desc(), Message.id.desc())
        .limit(limit + 1)
        .offset(offset)
    ).all()
    return Talk(list(found[:limit])[::-1], len(found) > limit, read_at or LONG_AGO)


def unread_by_cycle(session: Session, person_id: uuid.UUID, cycle_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many messages of the other one a person has not been shown, by cycle: one statement."""
    rows = session.execute(
        select(Message.cycle_id, func.count())
        .outerjoin(ReadUpTo, and_(ReadUpTo.cycle_id == Message.cycle_id, ReadUpTo.person_id == person_id))
        .where(Message.cycle_id.in_(cycle_ids), _unread(person_id))
        .group_by(Message.cycle_id)
    )
    return {row[0]: row[1] for row in rows}


def _unread(person_id: uuid.UUID) -> ColumnElement[bool]:
    return and_(
        Message.author_id != person_id,
        Message.taken_back_at.is_(None),
        or_(ReadUpTo.read_at.is_(None), Message.sent_at > ReadUpTo.read_at),
    )


def mark_of(session: Session, cycle_id: uuid.UUID) -> str:
    """One word that changes whenever somebody writes or takes something back: one statement."""
    count, last, back = session.execute(
        select(func.count(), func.max(Message.sent_at), func.max(Message.taken_back_at)).where(
            Message.cycle_id == cycle_id
        )
    ).one()
    return "-".join(str(int(at.timestamp() * 1000)) if at else "0" for at in (last, back)) + f"-{count}"
