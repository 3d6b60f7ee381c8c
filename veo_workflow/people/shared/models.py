import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.database import Base, new_id, now


class ShownCode(Base):
    """A code that signs its person in on one other device, once. Only its hash is kept."""

    __tablename__ = "shown_codes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    shown_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_on: Mapped[str] = mapped_column(String(60), default="")  # roughly which device
