import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from veo_workflow.cycles.models import Outcome
from veo_workflow.database import Base, new_id, now
from veo_workflow.people.models import named


class Review(Base):
    """What the pair wrote down in a cycle's Improve review. `version` counts changes, to notice a conflict.

    `queue_version` counts changes of its queue of moments, so that either hears of the other's.
    """

    __tablename__ = "reviews"

    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"), primary_key=True)
    celebrate: Mapped[str] = mapped_column(Text, default="")
    improve: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[Outcome | None] = mapped_column(named(Outcome))
    version: Mapped[int] = mapped_column(default=0)
    queue_version: Mapped[int] = mapped_column(default=0, server_default="0")
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))

    actions: Mapped[list["NextAction"]] = relationship(
        order_by="NextAction.position", lazy="selectin", cascade="all, delete-orphan"
    )
    confirmations: Mapped[list["Confirmation"]] = relationship(lazy="selectin", cascade="all, delete-orphan")


class NextAction(Base):
    __tablename__ = "next_actions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reviews.cycle_id"), index=True)
    position: Mapped[int]
    what: Mapped[str] = mapped_column(String(300))
    owner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    due_on: Mapped[date | None]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))


class ReviewMoment(Base):
    """What the pair did with one shared moment: its place in their order, a star, left out, talked about.

    A moment nobody has touched has no row; one without a `position` comes after those that have one, in lesson order.
    `taken` is what the pair takes from it, `taken_by_id` whoever wrote it last.
    """

    __tablename__ = "review_moments"

    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reviews.cycle_id"), primary_key=True)
    tag_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, index=True)
    position: Mapped[int | None]
    starred_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    left_out_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))
    talked_at: Mapped[datetime | None]
    taken: Mapped[str] = mapped_column(Text, default="", server_default="")
    taken_at: Mapped[datetime | None]
    taken_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"))


class Confirmation(Base):
    """One of the pair agreed to the outcome as it stood; choosing another outcome asks both again."""

    __tablename__ = "confirmations"

    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reviews.cycle_id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    confirmed_at: Mapped[datetime] = mapped_column(default=now)
