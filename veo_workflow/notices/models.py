import enum
import uuid
from datetime import datetime

from sqlalchemy import Enum, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.database import Base, new_id, now


class NoticeKind(enum.StrEnum):
    """What happened; beside each, what the notice's subject is."""

    PAIR_MADE = "pair_made"  # a pair
    PAIR_ENDED = "pair_ended"  # a pair
    ROSTER_JOINED = "roster_joined"  # the person themselves
    ROSTER_LEFT = "roster_left"  # the person themselves
    ROLES_CHANGED = "roles_changed"  # the person themselves
    SECOND_STEP_CLEARED = "second_step_cleared"  # the person themselves
    CLIP_READY = "clip_ready"  # a clip
    CLIP_FAILED = "clip_failed"  # a clip
    CLIP_SHARED = "clip_shared"  # a clip, with the coach
    CLIP_SHARED_WITH = "clip_shared_with"  # a share, with a named colleague
    CLIP_GOES_SOON = "clip_goes_soon"  # a clip
    CLIP_FLAGGED = "clip_flagged"  # a clip
    CLIP_UNFLAGGED = "clip_unflagged"  # a clip
    CLIP_HELD = "clip_held"  # a clip
    CLIP_RELEASED = "clip_released"  # a clip
    HOLD_ASKED = "hold_asked"  # what a second person is asked
    HOLD_ANSWERED = "hold_answered"  # a hold
    EXEMPLAR_TAKEN_OUT = "exemplar_taken_out"  # a clip
    MOMENTS_SHARED = "moments_shared"  # a clip
    MOMENT_ANSWERED = "moment_answered"  # a clip
    TAGGING_FINISHED = "tagging_finished"  # a clip
    MOMENTS_REVEALED = "moments_revealed"  # a clip
    SELF_FIRST_CHANGED = "self_first_changed"  # a cycle
    REALITY_WRITTEN = "reality_written"  # a cycle
    EVIDENCE_ADDED = "evidence_added"  # a cycle
    GOAL_WRITTEN = "goal_written"  # a cycle
    REVIEW_ROOM_OPEN = "review_room_open"  # a cycle
    REVIEW_TRIMMED = "review_trimmed"  # a cycle
    REVIEW_CLIP_GONE = "review_clip_gone"  # a cycle
    REVIEW_AGREED = "review_agreed"  # a cycle
    ACTION_DONE = "action_done"  # a cycle
    CYCLE_CLOSED = "cycle_closed"  # a cycle
    SESSION_PLANNED = "session_planned"  # a coaching session
    SESSION_MOVED = "session_moved"  # a coaching session
    SESSION_CANCELLED = "session_cancelled"  # a coaching session
    PRACTICE_WRITTEN = "practice_written"  # a cycle
    RESOURCE_SENT = "resource_sent"  # a cycle
    STRATEGY_REWORDED = "strategy_reworded"  # a cycle that uses it
    MESSAGE_SENT = "message_sent"  # a cycle
    LOG_ASKED_FOR = "log_asked_for"  # a pair
    PERSON_LEFT = "person_left"  # the person who left
    ARCHIVE_READY = "archive_ready"  # an archive
    ARCHIVE_FAILED = "archive_failed"  # an archive


# What is not of one pair's work: a coach may follow it whether or not a pair has ended.
ABOUT_PEOPLE = frozenset(
    {
        NoticeKind.PAIR_MADE,
        NoticeKind.PAIR_ENDED,
        NoticeKind.ROSTER_JOINED,
        NoticeKind.ROSTER_LEFT,
        NoticeKind.ROLES_CHANGED,
        NoticeKind.SECOND_STEP_CLEARED,
        NoticeKind.LOG_ASKED_FOR,
        NoticeKind.PERSON_LEFT,
        NoticeKind.ARCHIVE_READY,
        NoticeKind.ARCHIVE_FAILED,
        NoticeKind.CLIP_HELD,
        NoticeKind.CLIP_RELEASED,
        NoticeKind.HOLD_ASKED,
        NoticeKind.HOLD_ANSWERED,
    }
)


class MailChoice(enum.StrEnum):
    DAILY = "daily"
    NEVER = "never"


def _named(kind: type[enum.StrEnum]) -> Enum:
    return Enum(kind, native_enum=False, length=32, values_callable=lambda k: [m.value for m in k])


class Notice(Base):
    """Something a person should hear of. While it is unread, the same again only makes it newer."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_person_id_happened_at", "person_id", "happened_at"),
        Index(
            "uq_notices_unread",
            "person_id",
            "kind",
            "subject_id",
            unique=True,
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
        Index(
            "ix_notices_unmailed",
            "happened_at",
            sqlite_where=text("read_at IS NULL AND mailed_at IS NULL"),
            postgresql_where=text("read_at IS NULL AND mailed_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[NoticeKind] = mapped_column(_named(NoticeKind))
    subject_id: Mapped[uuid.UUID]
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    happened_at: Mapped[datetime] = mapped_column(default=now)
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]


class NoticeChoice(Base):
    """Whether a person wants letters; without a row, a digest a day."""

    __tablename__ = "notice_choices"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    mail: Mapped[MailChoice] = mapped_column(_named(MailChoice))
