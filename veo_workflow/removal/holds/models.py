import enum
import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.database import Base, new_id, now
from veo_workflow.people.models import named


class Wish(enum.StrEnum):
    """What takes a second person: watching a held clip, and lifting its hold."""

    VIEW = "view"
    LIFT = "lift"


class Hold(Base):
    """A clip that is not deleted whatever happens, until `lifted_at`; one stands on a clip at a time.

    `is_told`: the coachee knows of it, as they do unless the law forbids it.
    """

    __tablename__ = "holds"
    __table_args__ = (
        Index(
            "uq_holds_standing",
            "clip_id",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
        Index("ix_holds_school_id_placed_at", "school_id", "placed_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    clip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clips.id"))
    placed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str] = mapped_column(Text)
    is_told: Mapped[bool]
    placed_at: Mapped[datetime] = mapped_column(default=now)
    lifted_at: Mapped[datetime | None]


class HoldRequest(Base):
    """A safeguarding lead asks a second, named person to agree; nothing happens before they do.

    `ends_at` is until when an agreed viewing may go on.
    """

    __tablename__ = "hold_requests"
    __table_args__ = (Index("ix_hold_requests_hold_id_asked_at", "hold_id", "asked_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    hold_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("holds.id"))
    wish: Mapped[Wish] = mapped_column(named(Wish))
    reason: Mapped[str] = mapped_column(Text)
    asked_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    second_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    answered_at: Mapped[datetime | None]
    agreed: Mapped[bool | None]
    ends_at: Mapped[datetime | None]
