import uuid
from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.database import Base, new_id, now


class AuditEntry(Base):
    """One thing that somebody did. No foreign keys: the log outlives what it speaks of."""

    __tablename__ = "audit_entries"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now)
    school_id: Mapped[uuid.UUID | None]
    person_id: Mapped[uuid.UUID | None]
    action: Mapped[str] = mapped_column(String(64))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[uuid.UUID | None]
