import enum
import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.database import Base, now
from veo_workflow.people.models import named


class TagKind(enum.StrEnum):
    STRENGTH = "strength"
    QUESTION = "question"
    SUGGESTION = "suggestion"
    NOTE = "note"


class Tag(Base):
    """One mark on a clip. Times are whole ms on the playback rendition, each the middle of its frame.

    The id is the client's own, so that a repeated request makes one tag.  `version` counts changes: a change made
    against an older version is a conflict.  A draft is its author's own; `shared_at` shows it to the pair.
    """

    __tablename__ = "tags"
    __table_args__ = (Index("ix_tags_clip_id_start_ms", "clip_id", "start_ms"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    clip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clips.id"))
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    step_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("steps.id"))
    kind: Mapped[TagKind] = mapped_column(named(TagKind), default=TagKind.NOTE)
    pressed_ms: Mapped[int]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    shared_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class Reply(Base):
    """What one of the pair says under a shared moment. The id is the client's own, like a tag's."""

    __tablename__ = "replies"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tags.id"), index=True)
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(default=now)


class FinishedTagging(Base):
    """Of a pair that tags self first: that one of them has finished their own tags on a clip."""

    __tablename__ = "finished_tagging"

    clip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    finished_at: Mapped[datetime] = mapped_column(default=now)
