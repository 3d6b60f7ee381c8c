import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.database import Base, new_id, now


class RealityPicture(Base):
    """One wording of the coachee's answers; the latest counts, the older ones stay readable.

    `closeness` is how close to ideal it was, from 1 to 10; None where the coachee gave no number.
    """

    __tablename__ = "reality_pictures"
    __table_args__ = (UniqueConstraint("cycle_id", "revision"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    cycle_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cycles.id"))
    revision: Mapped[int]
    closeness: Mapped[int | None]
    what_pleased: Mapped[str] = mapped_column(Text, default="")
    to_be_a_ten: Mapped[str] = mapped_column(Text, default="")
    pupils_would: Mapped[str] = mapped_column(Text, default="")
    how_measured: Mapped[str] = mapped_column(Text, default="")
    written_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    written_at: Mapped[datetime] = mapped_column(default=now)
