"""What changes an upload's rows. Each is one step of a transaction; `operations` puts storage between the steps.

    open → completing → completed        and from open or completing also → aborted, expired
         ←  (parts missing, or storage did not answer)

Every move is a conditional UPDATE, so that of two who try it one wins, whatever the database.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from veo_workflow.access.policy import Verb
from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip, ClipShare, ClipState, Upload, UploadState
from veo_workflow.clips.object_queries import bytes_in_use
from veo_workflow.clips.operations import queue_processing, withdraw
from veo_workflow.clips.rules import title_from
from veo_workflow.clips.sharing import share_with_coach
from veo_workflow.clips.uploads import queries
from veo_workflow.clips.uploads.rules import Cut, Wanted
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.database import now
from veo_workflow.errors import Conflict, Gone, NotFound
from veo_workflow.people.models import Person
from veo_workflow.queue import Doorbell
from veo_workflow.schools.models import School
from veo_workflow.schools.queries import kept_until
from veo_workflow.settings import Settings


class StillCompleting(Conflict):
    code = "completing"
    retryable = True


@dataclass(frozen=True)
class Prepared:
    """What storage has been asked for before there is a row."""

    id: uuid.UUID
    key: str
    storage_upload: str


def active_after(settings: Settings) -> datetime:
    """An upload that nothing has happened to since then has expired."""
    return now() - timedelta(seconds=settings.upload_lifetime)


def check_may_begin(session: Session, person: Person, wanted: Wanted, settings: Settings) -> CycleSeen:
    """Raises NotFound, NotAllowed; Conflict `duplicate` with the clip, `quota_exceeded`, or `too_many_waiting`."""
    seen = cycle_for(session, person, wanted.cycle_id, Verb.UPLOAD)
    same = queries.same_video(session, wanted.cycle_id, wanted.fingerprint, active_after=active_after(settings))
    if same is not None:
        _refuse_duplicate(*same)
    _check_space(session, person, wanted)
    _check_queue(session, person, settings)
    return seen


def _check_space(session: Session, person: Person, wanted: Wanted) -> None:
    school = session.get_one(School, person.school_id)
    school_bytes, own_bytes = bytes_in_use(session, person.school_id, person.id)
    if own_bytes + wanted.size > school.person_quota_bytes:
        raise Conflict(
            "Your clips fill the space you have. Withdraw one you no longer need, or ask your administrator for more.",
            code="quota_exceeded",
            of="person",
        )
    if school_bytes + wanted.size > school.quota_bytes:
        raise Conflict(
            "The school's space for clips is full. Ask your administrator for more, then try again.",
            code="quota_exceeded",
            of="school",
        )


def _check_queue(session: Session, person: Person, settings: Settings) -> None:
    """Nobody fills the queue for everybody else (SAFEGUARDING E6)."""
    in_school, own = queries.clips_under_way(session, person.school_id, person.id)
    if own >= settings.waiting_per_person:
        raise Conflict(
            f"{own} of your clips are still being sent or converted. Wait until one of them is ready, then try again.",
            code="too_many_waiting",
            of="person",
        )
    if in_school >= settings.waiting_per_school:
        raise Conflict(
            f"{in_school} clips of your school are still being sent or converted. Try again in a while.",
            code="too_many_waiting",
            of="school",
        )


def _refuse_duplicate(clip: Clip, upload: Upload | None) -> None:
    under_way = "It is still being uploaded." if upload is not None else "Open that clip, or choose another video."
    raise Conflict(
        f"This video is in this cycle already, as “{clip.title}”. {under_way}",
        code="duplicate",
        clip={"id": str(clip.id), "title": clip.title, "state": clip.state.value},
        upload=str(upload.id) if upload is not None else None,
    )


def reserve(
    session: Session, person: Person, wanted: Wanted, key: str, plan: Cut, prepared: Prepared, settings: Settings
) -> tuple[Upload, bool]:
    """The rows of a new upload, its bytes reserved from the quota; or what the same key began before, and False.

    The school's row is locked, so that two uploads cannot both take the last free bytes.  Raises as
    `check_may_begin`.
    """
    session.execute(select(School.id).where(School.id == person.school_id).with_for_update())
    known = queries.upload_by_key(session, person, key)
    if known is not None:
        return known, False
    seen = check_may_begin(session, person, wanted, settings)
    clip = _new_clip(session, seen, person, wanted, prepared.id)
    if wanted.share_with_coach:
        share_with_coach(session, clip, by=person)
    upload = Upload(
        id=prepared.id,
        person_id=person.id,
        cycle_id=wanted.cycle_id,
        idempotency_key=key,
        state=UploadState.OPEN,
        name=wanted.name,
        size=wanted.size,
        fingerprint=wanted.fingerprint,
        part_size=plan.part_size,
        part_count=plan.count,
        key=prepared.key,
        storage_upload=prepared.storage_upload,
    )
    session.add(upload)
    record(session, "upload_begun", by=person.id, school=person.school_id, subject=("clip", clip.id))
    session.flush()
    return upload, True


def _new_clip(session: Session, seen: CycleSeen, person: Person, wanted: Wanted, clip_id: uuid.UUID) -> Clip:
    clip = Clip(
        id=clip_id,
        school_id=person.school_id,
        cycle_id=seen.cycle.id,
        owner_id=person.id,
        stage=seen.cycle.stage,
        purpose=wanted.purpose,
        title=title_from(wanted.name, wanted.purpose),
        state=ClipState.UPLOADING,
        delete_by=kept_until(session, person.school_id, now()),
        fingerprint=wanted.fingerprint,
        original_bytes=wanted.size,
        notice_id=wanted.notice_id,
    )
    session.add(clip)
    session.flush()
    return clip


def require_open(upload: Upload, settings: Settings) -> None:
    """Raises Gone when it has expired, NotFound when it was cancelled, Conflict when its parts are settled."""
    match upload.state:
        case UploadState.OPEN:
            if upload.last_activity_at <= active_after(settings):
                raise expired()
        case UploadState.EXPIRED:
            raise expired()
        case UploadState.ABORTED:
            raise NotFound("This upload was cancelled. Choose the video again to start a new one.")
        case UploadState.COMPLETING:
            raise StillCompleting("The video has arrived and is being put together. Wait a moment.")
        case UploadState.COMPLETED:
            raise Conflict("The whole video is here already.", code="completed", clip=str(upload.id))


def expired() -> Gone:
    return Gone(
        "This upload has waited too long and was given up. Choose the video again to start a new one.", code="expired"
    )


def note_activity(session: Session, upload: Upload) -> None:
    """Something happened: the time until it expires begins anew."""
    session.execute(
        update(Upload).where(Upload.id == upload.id, Upload.state == UploadState.OPEN).values(last_activity_at=now())
    )


def claim_completion(session: Session, upload: Upload, sha256: str | None) -> bool:
    """Take it on to complete this upload; of several who try, one gets True."""
    claimed = session.scalar(
        update(Upload)
        .where(Upload.id == upload.id, Upload.state == UploadState.OPEN)
        .values(state=UploadState.COMPLETING, sha256=sha256, last_activity_at=now())
        .returning(Upload.id)
    )
    return claimed is not None


def reopen(session: Session, upload: Upload) -> None:
    """Back to the parts, unless somebody has settled it in the meantime."""
    session.execute(
        update(Upload)
        .where(Upload.id == upload.id, Upload.state == UploadState.COMPLETING)
        .values(state=UploadState.OPEN)
    )


def publish(session: Session, upload: Upload, doorbell: Doorbell) -> bool:
    """The object stands: the upload is completed and its clip waits for a worker.

    True also when somebody else has just done so; False when it was cancelled or withdrawn, and the object has to go.
    An upload that upkeep took for abandoned and reopened may still be published: its object is whole.
    """
    moved = session.scalar(
        update(Upload)
        .where(Upload.id == upload.id, Upload.state.in_(queries.UNFINISHED))
        .values(state=UploadState.COMPLETED, last_activity_at=now())
        .returning(Upload.id)
    )
    if moved is None:
        return session.scalar(select(Upload.state).where(Upload.id == upload.id)) is UploadState.COMPLETED
    clip = session.get(Clip, upload.id, populate_existing=True, with_for_update=True)
    if clip is None or clip.state is not ClipState.UPLOADING:
        session.execute(update(Upload).where(Upload.id == upload.id).values(state=UploadState.ABORTED))
        return False
    clip.original_key = upload.key
    clip.sha256 = session.scalar(select(Upload.sha256).where(Upload.id == upload.id))
    queue_processing(session, clip, doorbell)
    record(session, "upload_completed", by=upload.person_id, school=clip.school_id, subject=("clip", clip.id))
    return True


def give_up(session: Session, upload: Upload, state: UploadState, *, by: uuid.UUID | None) -> bool:
    """End an upload that was never completed, as aborted or expired: its clip was never there, its bytes are free.

    False when it had ended before.  A clip that was withdrawn under way keeps its row: that is its tombstone.
    """
    moved = session.scalar(
        update(Upload)
        .where(Upload.id == upload.id, Upload.state.in_(queries.UNFINISHED))
        .values(state=state)
        .returning(Upload.id)
    )
    if moved is None:
        return False
    clip = session.get(Clip, upload.id, populate_existing=True)
    if clip is not None and clip.state is ClipState.UPLOADING:
        session.execute(delete(ClipShare).where(ClipShare.clip_id == clip.id))
        session.delete(clip)
        record(session, f"upload_{state.value}", by=by, school=clip.school_id, subject=("clip", clip.id))
    return True


def cancel(session: Session, upload: Upload, *, by: Person) -> bool:
    """What the owner's cancelling means now: before completion an abort, after it a withdrawal, twice is once.

    True when storage may still hold something of an upload that is over.  `upload` has been read under a lock.
    """
    if upload.state is UploadState.COMPLETED:
        clip = session.get(Clip, upload.id, populate_existing=True, with_for_update=True)
        if clip is not None:
            withdraw(session, clip, by=by)
        return False
    give_up(session, upload, UploadState.ABORTED, by=by.id)
    return True
