import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.database import Base, new_id, now


class AuditEntry(Base):
    """One thing that somebody did. No foreign keys: the log outlives what it speaks of.

    Rows are only ever added: the database itself refuses to change or remove one (migration 0006).
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_at", "at"),
        Index("ix_audit_entries_person_id_at", "person_id", "at"),
        Index("ix_audit_entries_subject_id_at", "subject_id", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now)
    school_id: Mapped[uuid.UUID | None]
    person_id: Mapped[uuid.UUID | None]
    action: Mapped[str] = mapped_column(String(64))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[uuid.UUID | None]


class AuditSeal(Base):
    """A link of the chain: a hash over the seal before it and over every entry it covers, in the order of their ids."""

    __tablename__ = "audit_seals"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entries: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]


class SealedEntry(Base):
    """Which seal covers an entry. A row of its own, since the entry's must not be touched."""

    __tablename__ = "sealed_entries"

    entry_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    seal_number: Mapped[int] = mapped_column(ForeignKey("audit_seals.number"), index=True)
