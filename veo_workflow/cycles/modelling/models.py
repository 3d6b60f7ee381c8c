import enum
import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.database import Base, new_id, now
from veo_workflow.people.models import named


class ModellingKind(enum.StrEnum):
    TALK_THROUGH = "talk_through"
    DELIBERATE_PRACTICE = "deliberate_practice"
    LIVE_MODEL = "live_model"
    EXEMPLAR = "exemplar"


class Modelling(Base):
    """One time a strategy was modelled: `who` modelled it, in the pair's words, and on which day.

    `exemplar_id` is that of a share in the school's exemplar library, where one was watched; it may have ended since.
    """

    __tablename__ = "modellings"
    __table_args__ = (Index("ix_modellings_cycle_id_modelled_on", "cycle_id", "modelled_on"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"))
    kind: Mapped[ModellingKind] = mapped_column(named(ModellingKind))
    who: Mapped[str] = mapped_column(String(80))
    modelled_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text, default="")
    exemplar_id: Mapped[uuid.UUID | None]
    recorded_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=now)
