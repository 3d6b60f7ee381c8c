import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.errors import Conflict
from veo_workflow.schools.models import RecordingNotice


def notice_of(session: Session, school_id: uuid.UUID) -> RecordingNotice | None:
    """The wording that holds today: one statement."""
    asked = select(RecordingNotice).where(RecordingNotice.school_id == school_id)
    return session.scalars(asked.order_by(RecordingNotice.number.desc()).limit(1)).first()


def require_confirmed(session: Session, school_id: uuid.UUID, confirmed: uuid.UUID | None) -> None:
    """Return if the wording that holds today is the one that was confirmed, or there is none.

    Raises Conflict (`notice_changed`).
    """
    notice = notice_of(session, school_id)
    if notice is not None and notice.id != confirmed:
        raise Conflict(
            "Your school has changed its recording notice. Reload this page, read it, and confirm it again.",
            code="notice_changed",
        )
