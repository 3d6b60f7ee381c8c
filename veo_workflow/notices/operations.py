import uuid
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from veo_workflow.database import new_id, now
from veo_workflow.errors import NotFound
from veo_workflow.notices.models import ABOUT_PEOPLE, MailChoice, Notice, NoticeChoice, NoticeKind

AT_ONCE = 100
KEEP_READ = timedelta(days=60)
KEEP_UNREAD = timedelta(days=180)


def tell(
    session: Session, people: Iterable[uuid.UUID], kind: NoticeKind, subject: uuid.UUID, *, by: uuid.UUID | None
) -> None:
    """Tell these people, in the caller's transaction; nobody hears of what they did themselves.

    One unread notice of a kind and a subject is enough: it only becomes newer, whoever of two comes first.
    """
    tell_each(session, [(person, subject) for person in people], kind, by=by)


def tell_each(
    session: Session, told: Iterable[tuple[uuid.UUID, uuid.UUID]], kind: NoticeKind, *, by: uuid.UUID | None
) -> None:
    """As `tell`, each person of their own subject: a statement for every hundred of them."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    at = now()
    rows = [
        {"id": new_id(), "person_id": person, "kind": kind, "subject_id": subject, "by_id": by, "happened_at": at}
        for person, subject in sorted(set(told))
        if person != by
    ]
    for start in range(0, len(rows), AT_ONCE):
        session.execute(
            insert(Notice)
            .values(rows[start : start + AT_ONCE])
            .on_conflict_do_update(
                index_elements=["person_id", "kind", "subject_id"],
                index_where=Notice.read_at.is_(None),
                set_={"happened_at": at, "by_id": by},
            )
        )


def read(session: Session, person_id: uuid.UUID, notice_id: uuid.UUID) -> Notice:
    """Raises NotFound for a notice that is not this person's."""
    notice = session.get(Notice, notice_id)
    if notice is None or notice.person_id != person_id:
        raise NotFound()
    notice.read_at = notice.read_at or now()
    return notice


def read_about(session: Session, person_id: uuid.UUID, kind: NoticeKind, subject: uuid.UUID) -> None:
    """The person has seen what a notice leads to, and need not open it."""
    session.execute(
        update(Notice)
        .where(
            Notice.person_id == person_id, Notice.kind == kind, Notice.subject_id == subject, Notice.read_at.is_(None)
        )
        .values(read_at=now())
    )


def read_all(session: Session, person_id: uuid.UUID) -> None:
    session.execute(update(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None)).values(read_at=now()))


def choose_mail(session: Session, person_id: uuid.UUID, choice: MailChoice) -> None:
    held = session.get(NoticeChoice, person_id)
    if held is None:
        session.add(NoticeChoice(person_id=person_id, mail=choice))
    else:
        held.mail = choice


def mark_mailed(session: Session, notice_ids: Collection[uuid.UUID], at: datetime) -> None:
    session.execute(update(Notice).where(Notice.id.in_(notice_ids)).values(mailed_at=at))


def forget_news(session: Session, person_id: uuid.UUID, *, by: uuid.UUID) -> None:
    """A coach's news of the work with a coachee goes with the pair: what it leads to is no longer theirs to see."""
    session.execute(
        delete(Notice).where(Notice.person_id == person_id, Notice.by_id == by, Notice.kind.not_in(ABOUT_PEOPLE))
    )


def forget_about(
    session: Session, people: Collection[uuid.UUID], kind: NoticeKind, subjects: Collection[uuid.UUID]
) -> None:
    """What these people were told of something that is no longer there for them goes: it would lead nowhere."""
    if people:
        session.execute(
            delete(Notice).where(Notice.person_id.in_(people), Notice.kind == kind, Notice.subject_id.in_(subjects))
        )


def forget(session: Session, at: datetime) -> int:
    """Notices are news, not a record: read ones go after two months, unread ones after half a year."""
    old = (Notice.read_at < at - KEEP_READ) | (Notice.happened_at < at - KEEP_UNREAD)
    return len(session.scalars(delete(Notice).where(old).returning(Notice.id)).all())
