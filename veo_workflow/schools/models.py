import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.database import Base, new_id, now
from veo_workflow.settings import GIB


class School(Base):
    """One organisation that runs coaching. Quotas are bytes; nothing leaks from one school to another."""

    __tablename__ = "schools"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    timezone: Mapped[str] = mapped_column(String(64), default="Europe/London")
    quota_bytes: Mapped[int] = mapped_column(BigInteger, default=500 * GIB)
    person_quota_bytes: Mapped[int] = mapped_column(BigInteger, default=40 * GIB)
    keep_clips_days: Mapped[int] = mapped_column(default=30)
    created_at: Mapped[datetime] = mapped_column(default=now)


class AcademicYear(Base):
    __tablename__ = "academic_years"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class Term(Base):
    """A term of an academic year; `school_id` is kept here too, because every question about terms asks for it."""

    __tablename__ = "terms"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    academic_year_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("academic_years.id"))
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
