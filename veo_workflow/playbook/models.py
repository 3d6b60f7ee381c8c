import enum
import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from veo_workflow.database import Base, new_id, now
from veo_workflow.people.models import named


class PressKind(enum.StrEnum):
    """How a step is tagged: one press marks a moment, or one press starts it and the next ends it."""

    MOMENT = "moment"
    START_END = "start_end"


class Strategy(Base):
    """A strategy of one school's playbook; what it says stands in its versions."""

    __tablename__ = "strategies"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    retired_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class StrategyVersion(Base):
    """One wording of a strategy. Never changed once made: tags and reviews made against it read the same for good."""

    __tablename__ = "strategy_versions"
    __table_args__ = (UniqueConstraint("strategy_id", "version"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    strategy_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("strategies.id"))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(Text)
    when_to_use: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(200), default="")
    licence: Mapped[str] = mapped_column(String(120), default="")
    written_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))  # none: came with the system
    created_at: Mapped[datetime] = mapped_column(default=now)

    steps: Mapped[list["Step"]] = relationship(order_by="Step.number", lazy="selectin")
    resources: Mapped[list["StrategyResource"]] = relationship(order_by="StrategyResource.number")


class Step(Base):
    """One step: `name` is one word or two for lanes and chips, `title` the whole of it. Lead and lag are ms.

    `colour` is one of eight, 1 to 8; without one a step takes the colour of the number under which it is shown.
    """

    __tablename__ = "steps"
    __table_args__ = (UniqueConstraint("strategy_version_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    strategy_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("strategy_versions.id"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(24))
    title: Mapped[str] = mapped_column(String(200))
    detail: Mapped[str] = mapped_column(Text, default="")
    prompt: Mapped[str] = mapped_column(Text, default="")
    colour: Mapped[int | None]
    press: Mapped[PressKind] = mapped_column(named(PressKind), default=PressKind.MOMENT)
    lead_ms: Mapped[int] = mapped_column(default=6000)
    lag_ms: Mapped[int] = mapped_column(default=4000)


class StrategyResource(Base):
    """Something to read or watch beside one wording of a strategy: a link, never a file."""

    __tablename__ = "strategy_resources"
    __table_args__ = (UniqueConstraint("strategy_version_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    strategy_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("strategy_versions.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(500))
    note: Mapped[str] = mapped_column(Text, default="")
