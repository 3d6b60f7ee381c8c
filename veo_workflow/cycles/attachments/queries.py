import uuid
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from veo_workflow.cycles.attachments.models import Attachment


def bytes_of_files(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> tuple[int, int]:
    """(the school's, the person's) bytes in photos and PDFs: two statements."""
    size = func.coalesce(func.sum(Attachment.size_bytes), 0)
    school = session.scalar(select(size).where(Attachment.school_id == school_id)) or 0
    own = (Attachment.school_id == school_id, Attachment.owner_id == person_id)
    return int(school), int(session.scalar(select(size).where(*own)) or 0)


def spoken_of(session: Session, keys: Iterable[str]) -> dict[str, int]:
    """Of these keys, those that a file has, with its size in bytes: one statement."""
    rows = session.execute(select(Attachment.key, Attachment.size_bytes).where(Attachment.key.in_(list(keys))))
    return {row[0]: row[1] for row in rows}
