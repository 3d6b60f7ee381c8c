"""What changes a clip: it waits for its turn, is trimmed, tried again, withdrawn."""

import uuid
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.clips import rules
from veo_workflow.clips.models import Clip, ClipShare, ClipState, Job, JobState
from veo_workflow.database import after_commit, database_now, now
from veo_workflow.errors import Conflict
from veo_workflow.logs import request_id
from veo_workflow.people.models import Person
from veo_workflow.queue import Doorbell


def queue_processing(session: Session, clip: Clip, doorbell: Doorbell) -> Job:
    """The clip waits for its turn; the bell rings once this is committed."""
    at = database_now(session)
    latest = _latest_due(session, clip)
    job = session.scalar(select(Job).where(Job.clip_id == clip.id))
    if job is None:
        job = Job(clip_id=clip.id)
        session.add(job)
    job.state, job.attempts_left, job.token, job.lease_until = JobState.QUEUED, rules.ATTEMPTS, None, None
    job.queued_at, job.rung_at, job.wait_until = at, at, None
    job.film_seconds = rules.film_seconds(clip.original_bytes, kept=clip.kept, duration_ms=clip.duration_ms)
    job.due_at = rules.due_at(at, latest, job.film_seconds)
    job.request_id = request_id.get()
    clip.state, clip.reason, clip.reason_code = ClipState.QUEUED, None, None
    session.flush()
    clip_id, attempt = clip.id, job.attempt + 1
    after_commit(session, lambda: doorbell.ring("clip", clip_id, attempt))
    return job


def _latest_due(session: Session, clip: Clip) -> datetime | None:
    """The turn of the last of their owner's other clips that wait or are worked on."""
    unfinished = Job.state.in_([JobState.QUEUED, JobState.RUNNING])
    theirs = select(func.max(Job.due_at)).join(Clip, Clip.id == Job.clip_id)
    return session.scalar(theirs.where(unfinished, Clip.owner_id == clip.owner_id, Clip.id != clip.id))


def keep_span(session: Session, clip: Clip, first: int, last: int, doorbell: Doorbell) -> None:
    """Leave the frames `first` to `last` of a ready clip, and nothing else.

    From this commit on nobody can fetch a byte of it, until a worker has published what is kept.
    """
    if not rules.may_move(clip.state, ClipState.QUEUED):
        raise Conflict("This clip cannot be trimmed any more.")
    clip.kept_from, clip.kept_to = first, last
    clip.edition += 1
    queue_processing(session, clip, doorbell)


def try_again(session: Session, clip: Clip, doorbell: Doorbell, *, by: Person) -> None:
    """Raises Conflict when another try cannot help."""
    session.refresh(clip, with_for_update=True)  # pressed twice at once it is still one try
    if not rules.can_try_again(clip.state, clip.reason_code):
        raise Conflict("Trying again would not help with this clip. Upload it once more from the iPad.")
    queue_processing(session, clip, doorbell)
    record(session, "clip_retried", by=by.id, school=clip.school_id, subject=("clip", clip.id))


def let_original_go(clip: Clip, *, keep_originals: bool) -> None:
    """With its hold goes what was kept for it alone: the original of a clip that is converted, or never can be.

    Upkeep sweeps the object.
    """
    is_done = clip.state is ClipState.READY and not keep_originals
    if is_done or (clip.state is ClipState.FAILED and clip.reason_code in rules.FILE_IS_WRONG):
        clip.original_key, clip.original_bytes = None, 0


def withdraw(session: Session, clip: Clip, *, by: Person) -> None:
    """Access stops with this commit; upkeep erases every byte afterwards. Withdrawing twice is once."""
    end(session, clip, ClipState.WITHDRAWN, by=by.id)


def end(session: Session, clip: Clip, state: ClipState, *, by: uuid.UUID | None) -> None:
    """Withdraw or expire a clip: its job loses its token, its shares end, its words go."""
    if clip.state in rules.GONE:
        return
    session.execute(  # before the clip, as everybody does who changes both: the other way round two could block
        update(Job)
        .where(Job.clip_id == clip.id, Job.state.in_([JobState.QUEUED, JobState.RUNNING]))
        .values(state=JobState.CANCELLED, token=None, lease_until=None)
    )
    clip.state, clip.ended_at, clip.shared_with_coach_at = state, now(), None
    session.execute(
        update(ClipShare).where(ClipShare.clip_id == clip.id, ClipShare.revoked_at.is_(None)).values(revoked_at=now())
    )
    record(session, f"clip_{state.value}", by=by, school=clip.school_id, subject=("clip", clip.id))
