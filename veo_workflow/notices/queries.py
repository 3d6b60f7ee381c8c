import uuid
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

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


def due_for_mail(session: Session, at: datetime, *, limit: int) -> list[uuid.UUID]:
    """Whom a letter may go to now: something is unread and was never mailed, and the last letter is a day old."""
    since = select(Notice.person_id).where(Notice.mailed_at > at - BETWEEN_LETTERS).distinct()
    never = select(NoticeChoice.person_id).where(NoticeChoice.mail == MailChoice.NEVER)
    waiting = (
        select(Notice.person_id)
        .where(
            Notice.read_at.is_(None),
            Notice.mailed_at.is_(None),
            Notice.happened_at < at - LET_THINGS_GATHER,
            Notice.person_id.not_in(since),
            Notice.person_id.not_in(never),
        )
        .group_by(Notice.person_id)
        .order_by(func.min(Notice.happened_at))
        .limit(limit)
    )
    return list(session.scalars(waiting))


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
