import enum
import uuid
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index, String, Text, UniqueConstraint, and_, or_, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.cycles.models import Stage
from veo_workflow.database import Base, new_id, now
from veo_workflow.media import Span
from veo_workflow.people.models import named


class Purpose(enum.StrEnum):
    BASELINE = "baseline"
    PRACTICE = "practice"
    PROGRESS = "progress"
    EXEMPLAR = "exemplar"


class ClipState(enum.StrEnum):
    UPLOADING = "uploading"
    QUEUED = "queued"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"
    QUARANTINED = "quarantined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class RenditionKind(enum.StrEnum):
    """`PREVIEW` is the camera's own picture, copied without its metadata: it goes when the playback file is there."""

    PREVIEW = "preview"
    PLAYBACK = "playback"
    SMALL = "small"
    POSTER = "poster"
    STORYBOARD = "storyboard"
    STORYBOARD_VTT = "storyboard_vtt"
    WAVEFORM = "waveform"


class Clip(Base):
    """One piece of lesson video, the coachee's own until shared.

    `duration_ms` and the frame rate are the playback rendition's.  `attempt` is the processing attempt whose
    renditions are published.  `reason` is one plain sentence, set when the clip failed; `note` one about a clip that
    plays, but not whole.  `original_bytes` counts towards the quota from the first byte on.  `warned_at` is when the
    owner was told that `delete_by` is near.

    `edition` counts trims: a time on the clip means something on one edition only.  `kept_from` and `kept_to` are the
    first and the last frame of a trim that waits to be done, on the playback rendition as it is until then.

    Since `held_at` a safeguarding hold keeps its bytes, whatever its state, and hides it from all but its owner.
    Since `flagged_at` it may show a pupil who must not be shown: nobody watches it, but its owner to trim it.
    `notice_id` is the wording of the school's recording notice that was confirmed when it was uploaded.
    """

    __tablename__ = "clips"
    __table_args__ = (
        Index("ix_clips_cycle_id_created_at", "cycle_id", "created_at"),
        Index("ix_clips_owner_id_created_at", "owner_id", "created_at"),
        Index("ix_clips_state_delete_by", "state", "delete_by"),
        Index("ix_clips_cycle_id_fingerprint", "cycle_id", "fingerprint"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"))
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    stage: Mapped[Stage] = mapped_column(named(Stage))
    purpose: Mapped[Purpose] = mapped_column(named(Purpose))
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[ClipState] = mapped_column(named(ClipState))
    reason: Mapped[str | None] = mapped_column(Text)
    reason_code: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str | None] = mapped_column(Text)
    shared_with_coach_at: Mapped[datetime | None]
    delete_by: Mapped[date]
    warned_at: Mapped[datetime | None]
    fingerprint: Mapped[str] = mapped_column(String(80))
    original_key: Mapped[str | None] = mapped_column(String(200))
    original_bytes: Mapped[int] = mapped_column(BigInteger)
    rendition_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str | None] = mapped_column(String(64))
    attempt: Mapped[int] = mapped_column(default=0)
    duration_ms: Mapped[int | None]
    frame_rate_num: Mapped[int | None]
    frame_rate_den: Mapped[int | None]
    frames: Mapped[int | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    edition: Mapped[int] = mapped_column(default=0)
    kept_from: Mapped[int | None]
    kept_to: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    ready_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    flagged_at: Mapped[datetime | None]
    flagged_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    notice_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recording_notices.id"))

    @hybrid_property
    def is_open_to_coach(self) -> bool:
        """Whether the coach of a pair that lasts may see it."""
        return self.shared_with_coach_at is not None and self.held_at is None and self.flagged_at is None

    @is_open_to_coach.inplace.expression
    @classmethod
    def _is_open_to_coach(cls) -> ColumnElement[bool]:
        return and_(cls.shared_with_coach_at.is_not(None), cls.held_at.is_(None), cls.flagged_at.is_(None))

    @property
    def frame_rate(self) -> Fraction:
        """Frames per second of the playback rendition."""
        return Fraction(self.frame_rate_num or 30, self.frame_rate_den or 1)

    @property
    def kept(self) -> Span | None:
        """What stays of it, by a trim that is not done yet."""
        if self.kept_from is None or self.kept_to is None:
            return None
        return Span(self.kept_from, self.kept_to, self.frame_rate)

    @property
    def is_being_trimmed(self) -> bool:
        return self.kept_from is not None and self.state in {ClipState.QUEUED, ClipState.PROCESSING}


class Rendition(Base):
    """A file made from the original, stored under the attempt that made it."""

    __tablename__ = "renditions"
    __table_args__ = (UniqueConstraint("clip_id", "kind"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    clip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clips.id"))
    kind: Mapped[RenditionKind] = mapped_column(named(RenditionKind))
    key: Mapped[str] = mapped_column(String(200))
    content_type: Mapped[str] = mapped_column(String(80))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]


class UploadState(enum.StrEnum):
    OPEN = "open"
    COMPLETING = "completing"
    COMPLETED = "completed"
    ABORTED = "aborted"
    EXPIRED = "expired"


class Upload(Base):
    """One upload in parts; its clip has the same id. While it is open its size is reserved from the quota."""

    __tablename__ = "uploads"
    __table_args__ = (
        UniqueConstraint("person_id", "idempotency_key"),
        Index("ix_uploads_state_last_activity_at", "state", "last_activity_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"))
    idempotency_key: Mapped[str] = mapped_column(String(80))
    state: Mapped[UploadState] = mapped_column(named(UploadState), default=UploadState.OPEN)
    name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(BigInteger)
    fingerprint: Mapped[str] = mapped_column(String(80))
    part_size: Mapped[int]
    part_count: Mapped[int]
    key: Mapped[str] = mapped_column(String(200))
    storage_upload: Mapped[str] = mapped_column(String(400))
    sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_activity_at: Mapped[datetime] = mapped_column(default=now)


class JobState(enum.StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    QUARANTINED = "quarantined"
    CANCELLED = "cancelled"


class Job(Base):
    """The truth about processing one clip; Redis only carries its id.

    `token` fences: only the attempt that holds the current token may publish.  `lease_until` is by the database's
    clock, as every moment here; `rung_at` is when the doorbell was last rung.  `request_id` is the request that asked
    for it, for the log.

    Of those that wait the one with the earliest `due_at` is next (`rules.due_at`); `film_seconds` is how long its film
    is thought to be.  One that may not be tried again yet says so in `wait_until`.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state_lease_until", "state", "lease_until"),
        Index("ix_jobs_state_due_at", "state", "due_at"),
        Index("ix_jobs_state_finished_at", "state", "finished_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    clip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clips.id"), unique=True)
    state: Mapped[JobState] = mapped_column(named(JobState), default=JobState.QUEUED)
    attempt: Mapped[int] = mapped_column(default=0)
    attempts_left: Mapped[int] = mapped_column(default=3)
    token: Mapped[uuid.UUID | None]
    lease_until: Mapped[datetime | None]
    queued_at: Mapped[datetime] = mapped_column(default=now)
    rung_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(default=now)
    film_seconds: Mapped[int] = mapped_column(default=0)
    wait_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    request_id: Mapped[str | None] = mapped_column(String(64))

    @classmethod
    def may_begin(cls, at: datetime) -> ColumnElement[bool]:
        """Of which jobs a worker may begin the next attempt at that moment."""
        return and_(cls.state == JobState.QUEUED, or_(cls.wait_until.is_(None), cls.wait_until <= at))


class ClipShare(Base):
    """The coachee's permission to watch a clip, or one moment of it, until the end of a day; revocable.

    For one named colleague; without one, for everybody at the school: then it is an exemplar of the school's library.
    A moment is the frames `first_frame` to `last_frame` of the clip as it is; it is watched as a film of its own, which
    upkeep makes and puts under `film_key`, after at most so many `film_tries`.

    `shows` is what the coachee says about it, `note` what they wrote about the moment, if they chose to show that.
    `watched_at` is when the named colleague first played it, `revoked_at` when the share ended, however it did.
    """

    __tablename__ = "clip_shares"
    __table_args__ = (
        Index("ix_clip_shares_clip_id", "clip_id"),
        Index("ix_clip_shares_person_id", "person_id"),
        Index(
            "ix_clip_shares_until",
            "until",
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index(
            "ix_clip_shares_film_key",
            "film_key",
            sqlite_where=text("film_key IS NOT NULL"),
            postgresql_where=text("film_key IS NOT NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    clip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clips.id"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    until: Mapped[date]
    first_frame: Mapped[int | None]
    last_frame: Mapped[int | None]
    shows: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    strategy_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("strategies.id"))
    step_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("steps.id"))
    film_key: Mapped[str | None] = mapped_column(String(200))
    film_tries: Mapped[int] = mapped_column(default=0)
    shared_at: Mapped[datetime] = mapped_column(default=now)
    watched_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @property
    def is_exemplar(self) -> bool:
        return self.person_id is None

    @property
    def frames(self) -> tuple[int, int] | None:
        """The first and the last frame of a moment; None for the whole clip."""
        if self.first_frame is None or self.last_frame is None:
            return None
        return self.first_frame, self.last_frame
