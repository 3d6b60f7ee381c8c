import uuid
from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.database import Base, now


class Trimming(Base):
    """That the frames `first_frame` to `last_frame` were kept of a clip, which thereby got that `edition`.

    It is kept while the clip is, so that the same can be done again to a copy of before (`removal.ledger`).
    """

    __tablename__ = "trimmings"

    clip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clips.id"), primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_frame: Mapped[int]
    last_frame: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(default=now)
