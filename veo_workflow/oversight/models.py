import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from veo_workflow.cycles.models import Stage
from veo_workflow.database import Base, new_id, now
from veo_workflow.people.models import named


class Theme(Base):
    """Something that coaching is about at this school, so that logs can be counted. A retired one stays in old logs."""

    __tablename__ = "themes"
    __table_args__ = (UniqueConstraint("school_id", "name"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    name: Mapped[str] = mapped_column(String(40))
    retired_at: Mapped[datetime | None]


class CoachingLog(Base):
    """What a coach records of one pair in one half-term, for the lead, who reads it once it is handed in."""

    __tablename__ = "coaching_logs"
    __table_args__ = (
        UniqueConstraint("pair_id", "half_term_id"),
        Index("ix_coaching_logs_half_term_id_handed_in_at", "half_term_id", "handed_in_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    pair_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pairs.id"))
    half_term_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("half_terms.id"))
    stage: Mapped[Stage | None] = mapped_column(named(Stage))  # reached by the end of the half-term
    needs: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=0)
    written_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    changed_at: Mapped[datetime] = mapped_column(default=now)
    handed_in_at: Mapped[datetime | None]

    conversations: Mapped[list["LoggedConversation"]] = relationship(
        order_by="LoggedConversation.held_on", lazy="selectin", cascade="all, delete-orphan"
    )
    themes: Mapped[list[Theme]] = relationship(secondary="log_themes", order_by=Theme.name, lazy="selectin")


class LoggedConversation(Base):
    __tablename__ = "logged_conversations"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    log_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coaching_logs.id"), index=True)
    held_on: Mapped[date]
    minutes: Mapped[int]
    stage: Mapped[Stage | None] = mapped_column(named(Stage))


class LogTheme(Base):
    __tablename__ = "log_themes"

    log_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coaching_logs.id"), primary_key=True)
    theme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("themes.id"), primary_key=True, index=True)


class PairNote(Base):
    """What a coach notes beside a log for the pair alone; in a table of its own, which no page of a lead ever asks."""

    __tablename__ = "pair_notes"

    pair_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pairs.id"), primary_key=True)
    half_term_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("half_terms.id"), primary_key=True)
    note: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(default=now)


class LogReminder(Base):
    """The last time the lead asked a coach for a log."""

    __tablename__ = "log_reminders"

    pair_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pairs.id"), primary_key=True)
    half_term_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("half_terms.id"), primary_key=True)
    reminded_at: Mapped[datetime] = mapped_column(default=now)
    reminded_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
