import enum
import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from veo_workflow.database import Base, new_id, now
from veo_workflow.people.models import Pair, named
from veo_workflow.playbook.models import StrategyVersion
from veo_workflow.schools.models import Term


class Stage(enum.StrEnum):
    IDENTIFY = "identify"
    LEARN = "learn"
    IMPROVE = "improve"


class CpdLayer(enum.StrEnum):
    """Which layer of the school's professional development a cycle serves."""

    WHOLE_SCHOOL = "whole_school"
    TEAM = "team"
    INDIVIDUAL = "individual"


class Outcome(enum.StrEnum):
    CONTINUE = "continue"
    REFINE = "refine"
    NEW_CYCLE = "new_cycle"


class Cycle(Base):
    """One Impact Cycle of one pair in one term. `closed_at` is when both confirmed its outcome.

    `continues_id` is the cycle whose outcome opened this one; a cycle is carried on once at most.
    """

    __tablename__ = "cycles"
    __table_args__ = (
        Index("ix_cycles_pair_id_opened_at", "pair_id", "opened_at"),
        Index("ix_cycles_school_id_term_id", "school_id", "term_id"),
        Index("uq_cycles_continues_id", "continues_id", unique=True),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    pair_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pairs.id"))
    term_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("terms.id"))
    focus: Mapped[str] = mapped_column(String(80))
    cpd_layer: Mapped[CpdLayer] = mapped_column(named(CpdLayer))
    stage: Mapped[Stage] = mapped_column(named(Stage), default=Stage.IDENTIFY)
    outcome: Mapped[Outcome | None] = mapped_column(named(Outcome))
    opened_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    continues_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cycles.id"))

    pair: Mapped[Pair] = relationship()
    term: Mapped[Term] = relationship()


class StageMove(Base):
    """A move between stages; going back is allowed and recorded like any other."""

    __tablename__ = "stage_moves"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"), index=True)
    from_stage: Mapped[Stage] = mapped_column(named(Stage))
    to_stage: Mapped[Stage] = mapped_column(named(Stage))
    moved_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    moved_at: Mapped[datetime] = mapped_column(default=now)


class GoalRevision(Base):
    """One wording of the cycle's PEERS goal; the latest counts, the older ones stay readable.

    PEERS: powerful, easy, emotionally compelling, reachable, student-focused (Knight 2017).  The measure's figures
    are in `unit`; a unit of minutes is shown as m:ss.
    """

    __tablename__ = "goal_revisions"
    __table_args__ = (UniqueConstraint("cycle_id", "revision"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"))
    revision: Mapped[int]
    statement: Mapped[str] = mapped_column(Text)
    powerful: Mapped[str] = mapped_column(Text, default="")
    easy: Mapped[str] = mapped_column(Text, default="")
    emotionally_compelling: Mapped[str] = mapped_column(Text, default="")
    reachable: Mapped[str] = mapped_column(Text, default="")
    student_focused: Mapped[str] = mapped_column(Text, default="")
    measure: Mapped[str] = mapped_column(String(200), default="")
    unit: Mapped[str] = mapped_column(String(40), default="")
    baseline: Mapped[float | None]
    target: Mapped[float | None]
    by_date: Mapped[date | None]
    evidence_plan: Mapped[str] = mapped_column(Text, default="")
    written_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    written_at: Mapped[datetime] = mapped_column(default=now)


class MeasureReading(Base):
    """The goal's measure, taken again on a day: the "now" beside the goal's "then".

    Corrected, it says who did that last and when; removed, it no longer counts and only that it was there is shown.
    """

    __tablename__ = "measure_readings"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"), index=True)
    taken_on: Mapped[date]
    value: Mapped[float]
    taken_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=0)  # grows with every correction
    changed_at: Mapped[datetime | None]
    changed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    removed_at: Mapped[datetime | None]


class ChosenStrategy(Base):
    """A strategy in use in a cycle, in the wording it had when it was chosen."""

    __tablename__ = "chosen_strategies"

    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"), primary_key=True)
    strategy_version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("strategy_versions.id"), primary_key=True)
    position: Mapped[int]

    version: Mapped[StrategyVersion] = relationship(lazy="joined")


class CoachingSession(Base):
    """A meeting of the pair, planned or held (`held_at` says when it was recorded as held).

    `starts_at` is when it is planned, or took place; `minutes` how long. `stage` is the stage of the cycle it serves.
    """

    __tablename__ = "coaching_sessions"
    __table_args__ = (Index("ix_coaching_sessions_pair_id_starts_at", "pair_id", "starts_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    pair_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pairs.id"))
    cycle_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cycles.id"), index=True)
    stage: Mapped[Stage | None] = mapped_column(named(Stage))
    starts_at: Mapped[datetime]
    minutes: Mapped[int] = mapped_column(default=30)
    is_review: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str] = mapped_column(String(80), default="")
    held_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)  # grows with every change
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
