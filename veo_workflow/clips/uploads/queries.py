import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from veo_workflow.clips.models import Clip, ClipState, Upload, UploadState
from veo_workflow.errors import NotFound
from veo_workflow.people.models import Person

UNFINISHED = (UploadState.OPEN, UploadState.COMPLETING)
OPEN_AT_ONCE = 50

UNDER_WAY = (ClipState.UPLOADING, ClipState.QUEUED, ClipState.PROCESSING)

# A clip that failed or is gone does not stand in the way of sending the same video again.
STANDING = (
    ClipState.UPLOADING,
    ClipState.QUEUED,
    ClipState.PROCESSING,
    ClipState.READY,
    ClipState.QUARANTINED,
)


def upload_for(session: Session, person: Person, upload_id: uuid.UUID, *, lock: bool = False) -> Upload:
    """An upload of the person's own; nobody else's can be told from none. Raises NotFound."""
    asked = select(Upload).where(Upload.id == upload_id, Upload.person_id == person.id)
    upload = session.scalar(asked.with_for_update() if lock else asked)
    if upload is None:
        raise NotFound("This upload is not there any more. Choose the video again to start a new one.")
    return upload


def clips_under_way(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> tuple[int, int]:
    """(the school's, the person's) clips that are being sent, wait, or are being converted: one statement."""
    own = func.count().filter(Clip.owner_id == person_id)
    waiting = (Clip.school_id == school_id, Clip.state.in_(UNDER_WAY))
    in_school, persons = session.execute(select(func.count(), own).select_from(Clip).where(*waiting)).one()
    return in_school, persons


def clip_is_ready(session: Session, person: Person, upload_id: uuid.UUID) -> bool:
    """Whether an upload of the person's own has become a clip that plays."""
    own = (Upload.id == upload_id, Upload.person_id == person.id, Clip.state == ClipState.READY)
    return session.scalar(select(Clip.id).join(Upload, Upload.id == Clip.id).where(*own)) is not None


def upload_by_key(session: Session, person: Person, key: str) -> Upload | None:
    """What the person began with this Idempotency-Key."""
    return session.scalar(select(Upload).where(Upload.person_id == person.id, Upload.idempotency_key == key))


def open_uploads(
    session: Session, person: Person, *, active_after: datetime, cycle_id: uuid.UUID | None = None
) -> list[tuple[Upload, Clip]]:
    """The person's uploads that can go on, newest first, each with its clip: one statement."""
    asked = (
        select(Upload, Clip)
        .join(Clip, Clip.id == Upload.id)
        .where(
            Upload.person_id == person.id,
            Upload.state.in_(UNFINISHED),
            Upload.last_activity_at > active_after,
            Clip.state == ClipState.UPLOADING,
        )
        .order_by(Upload.created_at.desc(), Upload.id)
        .limit(OPEN_AT_ONCE)
    )
    if cycle_id is not None:
        asked = asked.where(Upload.cycle_id == cycle_id)
    return [(row[0], row[1]) for row in session.execute(asked)]


def same_video(
    session: Session, cycle_id: uuid.UUID, fingerprint: str, *, active_after: datetime
) -> tuple[Clip, Upload | None] | None:
    """The clip that this video already is in this cycle, and its upload while that can go on: one statement.

    A clip that has been trimmed is not this video any more: who kept too little can only send it again.
    """
    rows = session.execute(
        select(Clip, Upload)
        .outerjoin(Upload, (Upload.id == Clip.id) & Upload.state.in_(UNFINISHED))
        .where(
            Clip.cycle_id == cycle_id,
            Clip.fingerprint == fingerprint,
            Clip.state.in_(STANDING),
            Clip.edition == 0,
        )
        .order_by(Clip.created_at.desc())
        .limit(OPEN_AT_ONCE)
    )
    for clip, upload in rows:
        if clip.state is not ClipState.UPLOADING:
            return clip, None
        if upload is not None and upload.last_activity_at > active_after:
            return clip, upload
    return None


def stuck(session: Session, *, before: datetime, limit: int) -> Sequence[Upload]:
    """Uploads that somebody began to complete, and never ended."""
    return session.scalars(
        select(Upload)
        .where(Upload.state == UploadState.COMPLETING, Upload.last_activity_at < before)
        .order_by(Upload.last_activity_at)
        .limit(limit)
    ).all()


def idle(session: Session, *, before: datetime, limit: int) -> Sequence[Upload]:
    """Open uploads that nothing has happened to since `before`."""
    return session.scalars(
        select(Upload)
        .where(Upload.state == UploadState.OPEN, Upload.last_activity_at < before)
        .order_by(Upload.last_activity_at)
        .limit(limit)
    ).all()


def without_clip(session: Session, *, limit: int) -> Sequence[Upload]:
    """Unfinished uploads whose clip was withdrawn, or has run out, under way."""
    return session.scalars(
        select(Upload)
        .join(Clip, Clip.id == Upload.id)
        .where(Upload.state.in_(UNFINISHED), Clip.state != ClipState.UPLOADING)
        .limit(limit)
    ).all()


def wanted_keys(session: Session, keys: Iterable[str]) -> set[str]:
    """Those of the keys under which something is being uploaded, or a clip's original stands: two statements."""
    asked = list(keys)
    under_way = select(Upload.key).where(Upload.key.in_(asked), Upload.state.in_(UNFINISHED))
    kept = select(Clip.original_key).where(Clip.original_key.in_(asked))
    return {key for key in [*session.scalars(under_way), *session.scalars(kept)] if key}
