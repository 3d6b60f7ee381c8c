import enum
import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, Enum, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from veo_workflow.database import Base, new_id, now
from veo_workflow.settings import GIB


class School(Base):
    """One organisation that runs coaching. Quotas are bytes; nothing leaks from one school to another.

    Entitlement and rhythm are what a colleague gets unless something else is agreed for that person.
    """

    __tablename__ = "schools"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    timezone: Mapped[str] = mapped_column(String(64), default="Europe/London")
    quota_bytes: Mapped[int] = mapped_column(BigInteger, default=500 * GIB)
    person_quota_bytes: Mapped[int] = mapped_column(BigInteger, default=40 * GIB)
    keep_clips_days: Mapped[int] = mapped_column(default=30)
    cycles_a_year: Mapped[int] = mapped_column(default=3)  # the entitlement
    sessions_a_half_term: Mapped[int] = mapped_column(default=1)  # the rhythm: coaching sessions
    observations_a_half_term: Mapped[int] = mapped_column(default=1)  # and observations
    second_step_from: Mapped[date | None]  # from this day on nobody signs in without one; None: as they like
    created_at: Mapped[datetime] = mapped_column(default=now)


class LawfulBasis(enum.StrEnum):
    """On what the school relies for filming lessons (UK GDPR, article 6)."""

    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"
    CONSENT = "consent"


class RecordingNotice(Base):
    """What a school says to everybody who is filmed, as worded at one time; the latest one holds.

    Rows are never changed: a clip keeps which wording was confirmed when it was uploaded.
    """

    __tablename__ = "recording_notices"
    __table_args__ = (UniqueConstraint("school_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    number: Mapped[int]
    basis: Mapped[LawfulBasis] = mapped_column(
        Enum(LawfulBasis, native_enum=False, length=32, values_callable=lambda kind: [each.value for each in kind])
    )
    notice: Mapped[str] = mapped_column(Text)
    opting_out: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(default=now)


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


class HalfTerm(Base):
    """Half of a term, number 1 or 2. What happens once in a half-term (a session, a log) is due by its last day."""

    __tablename__ = "half_terms"
    __table_args__ = (
        UniqueConstraint("term_id", "number"),
        Index("ix_half_terms_school_id_starts_on", "school_id", "starts_on"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    term_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("terms.id"))
    number: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class Closure(Base):
    """Days on which the school is closed although a term goes on, both ends included: due dates skip them."""

    __tablename__ = "closures"
    __table_args__ = (Index("ix_closures_school_id_starts_on", "school_id", "starts_on"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    name: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
