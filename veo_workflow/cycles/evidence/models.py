import enum
import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.cycles.models import Stage
from veo_workflow.database import Base, new_id, now
from veo_workflow.people.models import named


class EvidenceKind(enum.StrEnum):
    """Clips are evidence too; they have a room of their own."""

    OBSERVATION = "observation"
    CONVERSATION = "conversation"
    WORK = "work"
    ASSESSMENT = "assessment"


class Evidence(Base):
    """One piece: who gathered it, on which day it was seen, and what was seen.

    `figures` is a small table or a figure as it was typed (`rules.read_table`). It goes on `delete_by`, as clips do.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        Index("ix_evidence_cycle_id_recorded_at", "cycle_id", "recorded_at"),
        Index("ix_evidence_delete_by", "delete_by"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"))
    kind: Mapped[EvidenceKind] = mapped_column(named(EvidenceKind))
    stage: Mapped[Stage] = mapped_column(named(Stage))
    gathered_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    seen_on: Mapped[date]
    seen: Mapped[str] = mapped_column(Text)
    figures: Mapped[str] = mapped_column(Text, default="")
    delete_by: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)  # grows with every change of its words
    written_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
