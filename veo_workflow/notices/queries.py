import uuid
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from veo_workflow.notices.models import MailChoice, Notice, NoticeChoice

MOST_COUNTED = 100
LET_THINGS_GATHER = timedelta(minutes=10)
BETWEEN_LETTERS = timedelta(hours=20)


def unread(session: Session, person_id: uuid.UUID) -> int:
    """How many wait, up to `MOST_COUNTED`."""
    some = (
        select(Notice.id).where(Notice.person_id == person_id, Notice.read_at.is_(None)).limit(MOST_COUNTED).subquery()
    )
    return session.scalar(select(func.count()).select_from(some)) or 0


def mail_choice(session: Session, person_id: uuid.UUID) -> MailChoice:
    return session.scalar(select(NoticeChoice.mail).where(NoticeChoice.person_id == person_id)) or MailChoice.DAILY


def is_due_for_mail(at: datetime) -> ColumnElement[bool]:
    """Of a notice: nobody has read or mailed it, and its person has had no letter for a day and wants them."""
    earlier = aliased(Notice)
    lately = exists().where(earlier.person_id == Notice.person_id, earlier.mailed_at > at - BETWEEN_LETTERS)
    never = exists().where(NoticeChoice.person_id == Notice.person_id, NoticeChoice.mail == MailChoice.NEVER)
    return and_(
        Notice.read_at.is_(None),
        Notice.mailed_at.is_(None),
        Notice.happened_at < at - LET_THINGS_GATHER,
        ~lately,
        ~never,
    )


def unmailed(session: Session, person_id: uuid.UUID, *, limit: int) -> list[Notice]:
    """What the next letter to this person is about, newest first."""
    return list(
        session.scalars(
            select(Notice)
            .where(Notice.person_id == person_id, Notice.read_at.is_(None), Notice.mailed_at.is_(None))
            .order_by(Notice.happened_at.desc())
            .limit(limit)
        )
    )
