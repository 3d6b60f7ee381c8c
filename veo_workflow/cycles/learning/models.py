import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.database import Base, new_id, now
from veo_workflow.playbook.models import StrategyVersion


class StepTick(Base):
    """The coachee has ticked a step of the checklist. It counts for nothing and is shown to nobody else."""

    __tablename__ = "step_ticks"

    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"), primary_key=True)
    step_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("steps.id"), primary_key=True)
    ticked_at: Mapped[datetime] = mapped_column(default=now)


class PracticeEntry(Base):
    """How practising went in one lesson, in the coachee's words. `version` grows with every change.

    The id comes with the form, so that one that is sent twice is one entry. `clip_id` is a clip of the same cycle.
    """

    __tablename__ = "practice_entries"
    __table_args__ = (Index("ix_practice_entries_cycle_id_practised_on", "cycle_id", "practised_on"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"))
    practised_on: Mapped[date]
    class_name: Mapped[str] = mapped_column(String(40), default="")
    went: Mapped[str] = mapped_column(Text)
    tweak: Mapped[str] = mapped_column(Text, default="")
    clip_id: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    written_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)

    steps: Mapped[list["PractisedStep"]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def step_ids(self) -> frozenset[uuid.UUID]:
        return frozenset(step.step_id for step in self.steps)


class PractisedStep(Base):
    __tablename__ = "practised_steps"

    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practice_entries.id"), primary_key=True)
    step_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("steps.id"), primary_key=True)


class Resource(Base):
    """A link, or a photo or PDF, that the coach sends with a note. `opened_at` is when the coachee first opened it.

    A file has no `url`, and goes on `delete_by`, as evidence does; a link stays. `version` grows with every change;
    `about` is the strategy it is for, if any, in the wording that was in use.
    """

    __tablename__ = "resources"
    __table_args__ = (
        Index("ix_resources_cycle_id_sent_at", "cycle_id", "sent_at"),
        Index("ix_resources_delete_by", "delete_by"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"))
    title: Mapped[str] = mapped_column(String(120))
    url: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    sent_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    sent_at: Mapped[datetime] = mapped_column(default=now)
    opened_at: Mapped[datetime | None]
    delete_by: Mapped[date | None]
    strategy_version_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("strategy_versions.id"))
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime | None]

    about: Mapped[StrategyVersion | None] = relationship()
    file: Mapped[Attachment | None] = relationship(lazy="joined", viewonly=True)


class Message(Base):
    """One message of the pair's conversation; taken back, its words are gone and only that it was there stays.

    The id comes with the form, so that one that is sent twice is one message.
    """

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_cycle_id_sent_at", "cycle_id", "sent_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"))
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    text: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(default=now)
    taken_back_at: Mapped[datetime | None]


class ReadUpTo(Base):
    """How far a person has read a cycle's conversation: the moment of the newest message they have been shown."""

    __tablename__ = "read_up_to"

    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    read_at: Mapped[datetime]
