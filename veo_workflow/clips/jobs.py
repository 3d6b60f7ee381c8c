"""A job: who may work on a clip, until when, and what becomes of the work."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from veo_workflow.clips import rules
from veo_workflow.clips.models import Clip, ClipState, Job, JobState, Rendition, RenditionKind
from veo_workflow.clips.sharing import tell_coach
from veo_workflow.database import after_commit, database_now, now
from veo_workflow.media import Span
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
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
    kept = clip.kept
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
    remedy = "Try again later" if clip.kept else "Try again later, or record it once more at a lower resolution"
    clip.reason = f"This clip stopped the converter each time it was tried, so it has been set aside. {remedy}."
