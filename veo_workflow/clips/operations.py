"""What changes a clip: queueing, the steps of processing, withdrawal."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.clips import rules
from veo_workflow.clips.models import Clip, ClipShare, ClipState, Job, JobState, Rendition, RenditionKind
from veo_workflow.clips.sharing import tell_coach
from veo_workflow.database import after_commit, database_now, now
from veo_workflow.errors import Conflict
from veo_workflow.logs import request_id
from veo_workflow.media import Span
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Person
from veo_workflow.queue import Doorbell


@dataclass(frozen=True)
class Claim:
    """One attempt at a job. Only the holder of the current `token` may publish.

    `source_key` is what the renditions are made from: the original, or the playback file, of which the span `kept`
    stays.  `original_key` is None once the original is gone, `sha256` where nothing is known to compare with.
    `attempts_left` is how many may follow this one.
    """

    job_id: uuid.UUID
    clip_id: uuid.UUID
    attempt: int
    token: uuid.UUID
    source_key: str
    original_key: str | None
    sha256: str | None
    kept: Span | None = None
    attempts_left: int = 0
    request_id: str | None = None


@dataclass(frozen=True)
class Published:
    """A file that has been put into storage for an attempt. Size is bytes."""

    kind: RenditionKind
    key: str
    content_type: str
    size: int
    width: int | None
    height: int | None


@dataclass(frozen=True)
class Timeline:
    """What times on the clip are measured by: the playback rendition's, or as it is planned."""

    duration_ms: int
    frame_rate_num: int
    frame_rate_den: int
    frames: int
    width: int
    height: int


@dataclass(frozen=True)
class Made(Timeline):
    """What processing found out about the playback rendition; `sha256` is the original's, None after a trim."""

    note: str | None
    sha256: str | None


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
    job.film_seconds = rules.film_seconds(clip.original_bytes, kept=_kept(clip), duration_ms=clip.duration_ms)
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


def claim(session: Session, clip_id: uuid.UUID, lease: float) -> Claim | None:
    """Take the clip's job if it is free: waiting, or held by somebody whose lease has run out.

    None when there is nothing to do, however often the bell rang.  `lease` is seconds, by the database's clock.
    """
    abandoned = (Job.state == JobState.RUNNING) & (Job.lease_until < database_now(session))
    return _take(session, (Job.clip_id == clip_id) & or_(Job.state == JobState.QUEUED, abandoned), lease)


def claim_next(session: Session, lease: float) -> Claim | None:
    """Take the job whose turn it is, as `claim` does; a bell says only that there may be one.

    Two who ask at once get two different ones.
    """
    first = (
        select(Job.id)
        .where(Job.may_begin(database_now(session)), Job.attempts_left > 0)
        .order_by(Job.due_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return _take(session, (Job.id == first.scalar_subquery()) & (Job.state == JobState.QUEUED), lease)


def _take(session: Session, which: ColumnElement[bool], lease: float) -> Claim | None:
    at = database_now(session)
    token = uuid.uuid4()
    row = session.execute(
        update(Job)
        .where(which, Job.attempts_left > 0)
        .values(
            state=JobState.RUNNING,
            attempt=Job.attempt + 1,
            attempts_left=Job.attempts_left - 1,
            token=token,
            lease_until=at + timedelta(seconds=lease),
            started_at=at,
            wait_until=None,
        )
        .returning(Job.id, Job.clip_id, Job.attempt, Job.attempts_left, Job.request_id)
    ).first()
    if row is None:
        return None
    clip = session.get_one(Clip, row.clip_id, populate_existing=True)
    kept = _kept(clip)
    source = _playback_key(session, clip) if kept else clip.original_key
    if clip.state not in {ClipState.QUEUED, ClipState.PROCESSING} or source is None:
        session.execute(update(Job).where(Job.id == row.id).values(state=JobState.CANCELLED, token=None))
        return None
    clip.state = ClipState.PROCESSING
    return Claim(
        job_id=row.id,
        clip_id=clip.id,
        attempt=row.attempt,
        token=token,
        source_key=source,
        original_key=clip.original_key,
        sha256=None if kept else clip.sha256,
        kept=kept,
        attempts_left=row.attempts_left,
        request_id=row.request_id,
    )


def _kept(clip: Clip) -> Span | None:
    """The trim that waits to be done."""
    if clip.kept_from is None or clip.kept_to is None:
        return None
    return Span(clip.kept_from, clip.kept_to, clip.frame_rate)


def _playback_key(session: Session, clip: Clip) -> str | None:
    playback = (Rendition.clip_id == clip.id, Rendition.kind == RenditionKind.PLAYBACK)
    return session.scalar(select(Rendition.key).where(*playback))


def renew(session: Session, claimed: Claim, lease: float) -> bool:
    """Go on holding the job; False when it has been taken over or withdrawn."""
    held = session.scalar(
        update(Job)
        .where(Job.id == claimed.job_id, Job.token == claimed.token, Job.state == JobState.RUNNING)
        .values(lease_until=database_now(session) + timedelta(seconds=lease))
        .returning(Job.id)
    )
    return held is not None


def publish_preview(session: Session, claimed: Claim, timeline: Timeline, file: Published, lease: float) -> bool:
    """The clip can be watched on this file while it is converted, and marked on the timeline it will have.

    It takes the place of an earlier attempt's.  False, and nothing changed, when the token no longer counts.
    """
    if not renew(session, claimed, lease):
        return False
    clip = session.get_one(Clip, claimed.clip_id, populate_existing=True)
    if clip.state is not ClipState.PROCESSING:
        return False
    _forget_preview(session, clip)
    session.add(_rendition(clip, file))
    _set_timeline(clip, timeline)
    return True


def publish(session: Session, claimed: Claim, made: Made, files: list[Published], *, keep_original: bool) -> bool:
    """Make this attempt's files the clip's; False, and nothing changed, when the token no longer counts.

    The original of a clip on hold stays, but not with what a trim has cut off.
    """
    if not _finish(session, claimed, JobState.DONE):
        return False
    clip = session.get_one(Clip, claimed.clip_id, populate_existing=True, with_for_update=True)
    if clip.state is not ClipState.PROCESSING:
        return False
    session.execute(delete(Rendition).where(Rendition.clip_id == clip.id))
    session.add_all(_rendition(clip, file) for file in files)
    clip.state, clip.attempt, clip.ready_at = ClipState.READY, claimed.attempt, now()
    _set_timeline(clip, made)
    clip.note, clip.sha256 = made.note, made.sha256
    clip.kept_from = clip.kept_to = None
    clip.rendition_bytes = sum(file.size for file in files)
    if not keep_original and (clip.held_at is None or claimed.kept):
        clip.original_key, clip.original_bytes = None, 0
    tell(session, [clip.owner_id], NoticeKind.CLIP_READY, clip.id, by=None)
    if clip.is_open_to_coach:
        tell_coach(session, clip)
    return True


def keeps_original(session: Session, claimed: Claim) -> bool:
    """Whether the original an attempt was made from is still the clip's."""
    return session.scalar(select(Clip.original_key).where(Clip.id == claimed.clip_id)) == claimed.original_key


def let_original_go(clip: Clip, *, keep_originals: bool) -> None:
    """With its hold goes what was kept for it alone: the original of a clip that is converted, or never can be.

    Upkeep sweeps the object.
    """
    is_done = clip.state is ClipState.READY and not keep_originals
    if is_done or (clip.state is ClipState.FAILED and clip.reason_code in rules.FILE_IS_WRONG):
        clip.original_key, clip.original_bytes = None, 0


def has_published(session: Session, claimed: Claim) -> bool:
    """Whether the clip is ready by this attempt."""
    made_by = select(Clip.attempt).where(Clip.id == claimed.clip_id, Clip.state == ClipState.READY)
    return session.scalar(made_by) == claimed.attempt


def _rendition(clip: Clip, file: Published) -> Rendition:
    return Rendition(
        clip_id=clip.id,
        kind=file.kind,
        key=file.key,
        content_type=file.content_type,
        size_bytes=file.size,
        width=file.width,
        height=file.height,
    )


def _set_timeline(clip: Clip, timeline: Timeline) -> None:
    clip.duration_ms, clip.frames = timeline.duration_ms, timeline.frames
    clip.frame_rate_num, clip.frame_rate_den = timeline.frame_rate_num, timeline.frame_rate_den
    clip.width, clip.height = timeline.width, timeline.height


def _forget_preview(session: Session, clip: Clip) -> None:
    session.execute(delete(Rendition).where(Rendition.clip_id == clip.id, Rendition.kind == RenditionKind.PREVIEW))


def fail(session: Session, claimed: Claim, code: str, reason: str) -> bool:
    """The clip cannot be used: one plain sentence for its owner. False when the token no longer counts."""
    if not _finish(session, claimed, JobState.FAILED):
        return False
    clip = session.get_one(Clip, claimed.clip_id, populate_existing=True, with_for_update=True)
    clip.state, clip.reason_code, clip.reason = ClipState.FAILED, code, reason
    _forget_preview(session, clip)
    if code in rules.FILE_IS_WRONG and clip.held_at is None:
        clip.original_key, clip.original_bytes = None, 0
    tell(session, [clip.owner_id], NoticeKind.CLIP_FAILED, clip.id, by=None)
    return True


def give_back(session: Session, claimed: Claim, wait: float = 0) -> bool:
    """An attempt ended without a result: wait for the next one, if any is left, at least for so many seconds."""
    until = database_now(session) + timedelta(seconds=wait)
    return _finish(session, claimed, JobState.QUEUED, wait_until=until)


def hand_back(session: Session, claimed: Claim, doorbell: Doorbell) -> bool:
    """The worker has to go: this attempt does not count, and another worker is called at once."""
    spared = Job.attempts_left + 1
    if not _finish(session, claimed, JobState.QUEUED, attempts_left=spared, rung_at=database_now(session)):
        return False
    after_commit(session, lambda: doorbell.ring("clip", claimed.clip_id, claimed.attempt + 1))
    return True


def _finish(session: Session, claimed: Claim, state: JobState, **values: object) -> bool:
    """The compare-and-set every ending goes through; `values` are more of the job's."""
    done = session.scalar(
        update(Job)
        .where(Job.id == claimed.job_id, Job.token == claimed.token, Job.state == JobState.RUNNING)
        .values(state=state, token=None, lease_until=None, finished_at=database_now(session), **values)
        .returning(Job.id)
    )
    return done is not None


def quarantine(session: Session, clip: Clip, job: Job) -> None:
    """Set a clip aside that ended every attempt the hard way, so that the queue goes on."""
    job.state, job.token, job.lease_until = JobState.QUARANTINED, None, None
    job.finished_at = database_now(session)
    clip.state, clip.reason_code = ClipState.QUARANTINED, "quarantined"
    _forget_preview(session, clip)
    tell(session, [clip.owner_id], NoticeKind.CLIP_FAILED, clip.id, by=None)
    remedy = "Try again later" if _kept(clip) else "Try again later, or record it once more at a lower resolution"
    clip.reason = f"This clip stopped the converter each time it was tried, so it has been set aside. {remedy}."


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
