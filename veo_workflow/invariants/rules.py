"""Pure decisions: what contradicts what about one clip, given its rows and what storage has of it.

`patience` is how long something may be on its way: a completion, a lease that ran out, an object without a row.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from veo_workflow.clips.models import (
    Clip,
    ClipShare,
    ClipState,
    Job,
    JobState,
    Rendition,
    RenditionKind,
    Upload,
    UploadState,
)
from veo_workflow.clips.rules import FILE_IS_WRONG, GONE, IN_FLIGHT, is_on_demand
from veo_workflow.clips.uploads.queries import UNFINISHED
from veo_workflow.clips.uploads.rules import made_at
from veo_workflow.storage import StoredObject
from veo_workflow.tags import rules as tags
from veo_workflow.tags.models import Tag

C, J = ClipState, JobState
ENDED: frozenset[JobState | None] = frozenset({None, J.DONE, J.FAILED, J.QUARANTINED, J.CANCELLED})
JOBS_OF: dict[ClipState, frozenset[JobState | None]] = {
    C.UPLOADING: frozenset({None}),
    C.QUEUED: frozenset({J.QUEUED}),
    C.PROCESSING: frozenset({J.QUEUED, J.RUNNING}),
    C.READY: frozenset({None, J.DONE}),
    C.FAILED: frozenset({J.FAILED}),
    C.QUARANTINED: frozenset({J.QUARANTINED}),
    C.WITHDRAWN: ENDED,
    C.EXPIRED: ENDED,
}
ALWAYS_MADE = (RenditionKind.PLAYBACK, RenditionKind.POSTER)


@dataclass(frozen=True)
class Rows:
    """All that stands in the database about one clip."""

    clip: Clip
    job: Job | None
    upload: Upload | None
    renditions: list[Rendition]
    shares: list[ClipShare]
    tags: int

    @property
    def lasting(self) -> list[ClipShare]:
        return [share for share in self.shares if share.revoked_at is None]

    @property
    def published(self) -> list[Rendition]:
        return [each for each in self.renditions if each.kind is not RenditionKind.PREVIEW]

    @property
    def is_being_kept(self) -> bool:
        """Whether a trim waits to be done, or to be tried again."""
        return self.clip.kept_from is not None


@dataclass(frozen=True)
class Found:
    """All that storage has under one clip's id; `uploads` are (key, the driver's id) of open uploads in parts."""

    objects: list[StoredObject] = field(default_factory=list)
    uploads: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class When:
    """The database's clock, and how long things may be on their way."""

    now: datetime
    patience: timedelta
    upload_lifetime: timedelta

    @property
    def long_ago(self) -> datetime:
        return self.now - self.patience

    @property
    def long_past(self) -> date:
        """What is due by an earlier day is late wherever the school is: the last place to end a day is UTC-12."""
        return (self.long_ago - timedelta(hours=12)).date()


def contradictions_in(rows: Rows, when: When) -> Iterator[str]:
    """What the rows of one clip say against each other, each as the end of a sentence that begins with the clip."""
    if rows.clip.state in GONE:
        yield from _gone(rows, when)
    else:
        yield from _bytes_counted(rows)
        yield from _kept_span(rows)
        yield from _files(rows)
        yield from _shares(rows, when)
        if rows.clip.delete_by < when.long_past:
            yield f"should have been deleted after {rows.clip.delete_by}"
    yield from _job(rows, when)
    yield from _upload(rows, when)


def _job(rows: Rows, when: When) -> Iterator[str]:
    job, state = rows.job, rows.clip.state
    if (job.state if job else None) not in JOBS_OF[state]:
        yield f"is {state}, but its job is {job.state if job else 'not there'}"
    if job is None:
        return
    if (job.state is J.RUNNING) != (job.token is not None and job.lease_until is not None):
        yield f"has a job that is {job.state} and {'no' if job.token is None else 'a'} token"
    if job.state is J.RUNNING and job.lease_until is not None and job.lease_until < when.long_ago:
        yield f"is held by an attempt whose lease ran out at {job.lease_until:%Y-%m-%d %H:%M:%S}"


def _upload(rows: Rows, when: When) -> Iterator[str]:
    upload, clip = rows.upload, rows.clip
    if clip.state is C.UPLOADING:
        if upload is None or upload.state not in UNFINISHED:
            yield f"is being uploaded, but its upload is {upload.state if upload else 'not there'}"
        elif upload.state is UploadState.COMPLETING and upload.last_activity_at < when.long_ago:
            yield "has an upload that somebody began to complete and never ended"
        elif upload.last_activity_at < when.long_ago - when.upload_lifetime:
            yield "has an upload that nobody came back for, and that was not given up"
    elif upload is not None and clip.state not in GONE and upload.state is not UploadState.COMPLETED:
        yield f"is {clip.state}, but its upload is {upload.state}"


def _files(rows: Rows) -> Iterator[str]:
    clip, kinds = rows.clip, {each.kind for each in rows.renditions}
    if RenditionKind.PREVIEW in kinds and clip.state is not C.PROCESSING:
        yield f"is {clip.state} and has a preview"
    if clip.state is C.READY or rows.is_being_kept:
        yield from (f"is {clip.state} and has no {kind}" for kind in ALWAYS_MADE if kind not in kinds)
        prefix = f"clips/{clip.id}/{clip.attempt}/"
        yield from (f"has {each.key}, of another attempt" for each in rows.published if not each.key.startswith(prefix))
        if not clip.frames or not clip.duration_ms or not clip.frame_rate_num or not clip.frame_rate_den:
            yield f"is {clip.state} and has no length"
    elif rows.published:
        yield f"is {clip.state} and has renditions"
    elif clip.state is not C.UPLOADING and clip.original_key is None and clip.reason_code not in FILE_IS_WRONG:
        yield f"is {clip.state} and has nothing to make renditions from"
    if clip.state in {C.FAILED, C.QUARANTINED} and not clip.reason:
        yield f"is {clip.state} without a reason"


def _kept_span(rows: Rows) -> Iterator[str]:
    clip = rows.clip
    if (clip.kept_from is None) != (clip.kept_to is None):
        yield "is to be trimmed to a span with one end"
    elif clip.kept_from is not None and clip.kept_to is not None:
        if not 0 <= clip.kept_from <= clip.kept_to < (clip.frames or 0):
            yield f"is to be trimmed to frames {clip.kept_from} to {clip.kept_to}, which it does not have"
        if clip.state not in IN_FLIGHT | {C.FAILED, C.QUARANTINED} or rows.job is None:
            yield "is to be trimmed, and nobody will do it"


def _bytes_counted(rows: Rows) -> Iterator[str]:
    clip, sizes = rows.clip, sum(each.size_bytes for each in rows.published)
    if clip.rendition_bytes != sizes:
        yield f"counts {clip.rendition_bytes} bytes of renditions, and they have {sizes}"
    if clip.original_key is None and clip.original_bytes and clip.state is not C.UPLOADING:
        yield f"counts {clip.original_bytes} bytes of an original that it does not have"


def _shares(rows: Rows, when: When) -> Iterator[str]:
    """A share never outlasts its day or its clip, and shows frames that the clip has; its film goes with it."""
    clip = rows.clip
    for share in rows.lasting:
        if share.until < when.long_past:
            yield f"has share {share.id}, which should have ended after {share.until}"
        if share.until > clip.delete_by:
            yield f"has share {share.id} until {share.until}, and is deleted on {clip.delete_by}"
        if (share.first_frame is None) != (share.last_frame is None):
            yield f"has share {share.id} of a moment with one end"
        elif share.frames and not 0 <= share.frames[0] <= share.frames[1] < _frames_left(clip):
            yield f"has share {share.id} of frames {share.frames[0]} to {share.frames[1]}, which it does not have"
    for share in rows.shares:
        if share.revoked_at is not None and share.film_key is not None and share.revoked_at < when.long_ago:
            yield f"has share {share.id}, which has ended and still has a film"


def _frames_left(clip: Clip) -> int:
    """How many frames the clip has, or will have once a trim that waits is done."""
    if clip.kept_from is not None and clip.kept_to is not None:
        return clip.kept_to - clip.kept_from + 1
    return clip.frames or 0


def _gone(rows: Rows, when: When) -> Iterator[str]:
    clip = rows.clip
    if clip.ended_at is None:
        yield f"is {clip.state}, and nobody knows since when"
    elif clip.erased_at is None and clip.held_at is None and clip.ended_at < when.long_ago:
        yield f"is {clip.state} since {clip.ended_at:%Y-%m-%d %H:%M:%S}, and not erased"
    if rows.lasting:
        yield f"is {clip.state} and shared with {len(rows.lasting)}"
    if clip.erased_at is not None:
        left = {
            "a job": rows.job,
            "renditions": rows.renditions,
            "tags": rows.tags,
            "shares": rows.shares,
            "a title": clip.title,
            "a reason": clip.reason,
            "an original": clip.original_key,
            "bytes in the quota": clip.original_bytes + clip.rendition_bytes,
            "a trim to be done": rows.is_being_kept,
            "an upload": rows.upload is not None and rows.upload.state in UNFINISHED,
        }
        yield from (f"has been erased, and still has {what}" for what, there in left.items() if there)


def contradictions_with(clip_id: uuid.UUID, rows: Rows | None, found: Found, when: When) -> Iterator[str]:
    """What storage has, or has not, against what the rows of one clip say, each as a whole sentence."""
    expected = _expected(rows)
    sizes = {each.key: each.size for each in found.objects}
    yield from _films_missing(rows, sizes)
    for key, size in expected.items():
        if key not in sizes:
            yield f"The object {key} is missing."
        elif sizes[key] != size:
            yield f"The object {key} has {sizes[key]} bytes, and its row says {size}."
    for each in found.objects:
        if each.key not in expected and each.modified_at < when.long_ago and not _may_be_there(rows, each.key):
            yield f"No row speaks of the object {each.key}."
    for key, upload in found.uploads:
        if not _is_under_way(rows, key, upload) and made_at(clip_id) < when.long_ago:
            yield f"No row speaks of the upload {upload} that is open in storage for {key}."
    if rows is not None and rows.upload is not None and rows.upload.state in UNFINISHED:
        yield from _arriving(rows.clip, rows.upload, found, sizes)


def _films_missing(rows: Rows | None, sizes: dict[str, int]) -> Iterator[str]:
    """What a shared moment is watched by is there as long as it is shared."""
    for share in rows.lasting if rows is not None and rows.clip.state not in GONE else ():
        if share.film_key is not None and share.film_key not in sizes:
            yield f"The object {share.film_key} is missing."


def _arriving(clip: Clip, upload: Upload, found: Found, sizes: dict[str, int]) -> Iterator[str]:
    """An upload that can go on has its parts, or has been joined already."""
    standing = any(each == upload.storage_upload for _, each in found.uploads)
    if not standing and sizes.get(upload.key) != upload.size and clip.state not in GONE:
        yield f"Upload {upload.id} is {upload.state}, and storage has neither its parts nor the whole."


def _expected(rows: Rows | None) -> dict[str, int]:
    if rows is None or rows.clip.state in GONE:
        return {}
    expected = {each.key: each.size_bytes for each in rows.renditions}
    if rows.clip.original_key is not None:
        expected[rows.clip.original_key] = rows.clip.original_bytes
    return expected


def _may_be_there(rows: Rows | None, key: str) -> bool:
    if rows is None:
        return False
    clip, job, upload = rows.clip, rows.job, rows.upload
    if clip.state in GONE:
        return clip.erased_at is None
    if upload is not None and upload.state in UNFINISHED and key == upload.key:
        return True
    if job is not None and job.state is J.RUNNING and key.startswith(f"clips/{clip.id}/{job.attempt}/"):
        return True
    if clip.state is not C.READY and not rows.is_being_kept:
        return False
    return key.startswith(f"clips/{clip.id}/{clip.attempt}/") and is_on_demand(key)


def _is_under_way(rows: Rows | None, key: str, storage_upload: str) -> bool:
    """Whether an upload in storage is the one a browser sends, or that of a large file which a worker is putting."""
    if rows is None:
        return False
    upload = rows.upload
    if rows.clip.state in GONE or upload is None or key != upload.key:
        return _may_be_there(rows, key)
    return upload.state in UNFINISHED and upload.storage_upload == storage_upload


def tag_outside(tag: Tag, clip: Clip) -> str | None:
    """What is wrong with where a tag lies, as the end of a sentence: it was made on another timeline, or edition.

    Of a clip that waits to be trimmed, the tags already lie on what will be left.  One that is on its way may have tags
    and no timeline yet, as the demo's clips do: its publication puts them on frames.
    """
    frames = clip.frames
    if clip.kept_from is not None and clip.kept_to is not None:
        frames = clip.kept_to - clip.kept_from + 1
    if not frames:
        return None if clip.state in IN_FLIGHT else "is on a clip that has no timeline"
    moment = tags.Moment(tag.pressed_ms, tag.start_ms, tag.end_ms)
    if moment != tags.snapped(moment, frame_rate=clip.frame_rate, frames=frames):
        return f"is at {tag.start_ms}, {tag.pressed_ms}, {tag.end_ms} ms, which are not its clip's frames"
    return None if tag.start_ms <= tag.end_ms else "ends before it begins"
