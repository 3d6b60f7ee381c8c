"""Erasing what has been withdrawn or has reached its day. Sits above every room it erases from."""

import logging
import uuid
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from veo_workflow.clips import operations as clips
from veo_workflow.clips import rules
from veo_workflow.clips.models import Clip, ClipShare, ClipState, Job, Rendition, Upload, UploadState
from veo_workflow.database import now
from veo_workflow.services import Services
from veo_workflow.tags.models import Tag

log = logging.getLogger(__name__)

AT_ONCE = 50


def expire_clips(session: Session, today: date) -> int:
    """Clips whose day has come stop being visible with this commit; returns how many (SAFEGUARDING B3)."""
    due = session.scalars(
        select(Clip).where(Clip.state.not_in(rules.GONE), Clip.delete_by < today).limit(AT_ONCE)
    ).all()
    for clip in due:
        clips.end(session, clip, ClipState.EXPIRED, by=None)
    return len(due)


def to_erase(session: Session) -> list[uuid.UUID]:
    return list(
        session.scalars(select(Clip.id).where(Clip.state.in_(rules.GONE), Clip.erased_at.is_(None)).limit(AT_ONCE))
    )


def erase(services: Services, clip_id: uuid.UUID) -> None:
    """Remove every byte first, then the words; interrupted anywhere, the next round goes on where it stopped.

    The clip's row stays as a tombstone: id, when, who (in the audit log) and why (its state).
    """
    storage = services.storage
    for prefix in (f"clips/{clip_id}/", f"uploads/{clip_id}/"):
        for key, upload in list(storage.open_uploads(prefix)):
            storage.abort_parts(key, upload)
        for stored in list(storage.list(prefix)):
            storage.delete(stored.key)
    with services.database.transaction() as session:
        for rows in (Tag, Rendition, ClipShare, Job):
            session.execute(delete(rows).where(rows.clip_id == clip_id))
        upload_row = session.get(Upload, clip_id)
        if upload_row is not None:
            upload_row.name, upload_row.state = "", UploadState.ABORTED
        clip = session.get_one(Clip, clip_id)
        clip.title, clip.reason, clip.note, clip.original_key = "", None, None, None
        clip.original_bytes = clip.rendition_bytes = 0
        clip.erased_at = now()
    log.info("clip %s erased", clip_id)
