import enum
import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index, String, Text, and_, or_, text
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.database import Base, new_id, now
from veo_workflow.people.models import named


class ArchiveState(enum.StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    ENDED = "ended"


class Archive(Base):
    """A person's own data as a file, asked for, made and kept until a moment; of those under way or ready one each.

    It is its own job, and this row the truth about it: `token` fences, `lease_until` is by the database's clock and
    `rung_at` is when the doorbell was last rung, as with a clip's job.  `key` is where the file is; while there is one
    it is not erased yet.  `reason` is one plain sentence, set when it failed.
    """

    __tablename__ = "archives"
    __table_args__ = (
        Index(
            "uq_archives_live",
            "person_id",
            unique=True,
            sqlite_where=text("state IN ('waiting', 'running', 'ready')"),
            postgresql_where=text("state IN ('waiting', 'running', 'ready')"),
        ),
        Index("ix_archives_person_id_asked_at", "person_id", "asked_at"),
        Index("ix_archives_state_asked_at", "state", "asked_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    state: Mapped[ArchiveState] = mapped_column(named(ArchiveState), default=ArchiveState.WAITING)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    request_id: Mapped[str | None] = mapped_column(String(64))
    attempt: Mapped[int] = mapped_column(default=0)
    attempts_left: Mapped[int] = mapped_column(default=3)
    token: Mapped[uuid.UUID | None]
    lease_until: Mapped[datetime | None]
    rung_at: Mapped[datetime] = mapped_column(default=now)
    wait_until: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    key: Mapped[str | None] = mapped_column(String(200))
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    ready_at: Mapped[datetime | None]
    ready_until: Mapped[datetime | None]

    @classmethod
    def may_begin(cls, at: datetime) -> ColumnElement[bool]:
        """Which ones a worker may begin to make at that moment."""
        return and_(cls.state == ArchiveState.WAITING, or_(cls.wait_until.is_(None), cls.wait_until <= at))


class ArchivedFile(Base):
    """A stored file of which an archive holds a copy: once it is no longer the person's, the archive has to go."""

    __tablename__ = "archived_files"

    archive_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("archives.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
