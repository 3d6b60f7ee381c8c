import enum
import uuid
from datetime import date, datetime

from sqlalchemy import Enum, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from veo_workflow.database import Base, new_id, now


class Role(enum.StrEnum):
    """What a person does for the whole school. Coach and coachee are not roles: they are sides of a pair."""

    LEAD = "lead"
    ADMINISTRATOR = "administrator"
    SAFEGUARDING_LEAD = "safeguarding_lead"


def named(kind: type[enum.StrEnum]) -> Enum:
    """A column of `kind`'s values as plain words, so that the database reads like the domain."""
    return Enum(kind, native_enum=False, length=32, values_callable=lambda k: [m.value for m in k])


class Person(Base):
    __tablename__ = "people"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    # Entitlement and rhythm agreed for this person; None: the school's.
    cycles_a_year: Mapped[int | None]
    sessions_a_half_term: Mapped[int | None]
    observations_a_half_term: Mapped[int | None]

    roles: Mapped[list["PersonRole"]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def given_name(self) -> str:
        """What colleagues call them on screen: the first word of the name."""
        return self.name.split()[0]

    def has(self, role: Role) -> bool:
        return any(held.role is role for held in self.roles)


class PersonRole(Base):
    __tablename__ = "person_roles"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(named(Role), primary_key=True)


class SignIn(Base):
    """What keeps somebody signed in. The browser holds a token; only its hash is kept here."""

    __tablename__ = "sign_ins"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(String(60), default="")  # roughly, as the browser calls itself
    shared: Mapped[bool] = mapped_column(default=False)  # others use that device too: it is idle sooner


class LinkPurpose(enum.StrEnum):
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a purpose, not a password
    FIRST_ADMINISTRATOR = "first_administrator"


class OneTimeLink(Base):
    """A link that works once. For the very first administrator there is no person yet."""

    __tablename__ = "one_time_links"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    purpose: Mapped[LinkPurpose] = mapped_column(named(LinkPurpose))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Invitation(Base):
    """A letter that asks somebody to choose a password: waiting, taken by the mail server, or refused by it."""

    __tablename__ = "invitations"
    __table_args__ = (
        Index(
            "ix_invitations_waiting",
            "asked_at",
            sqlite_where=text("mailed_at IS NULL AND refused_at IS NULL"),
            postgresql_where=text("mailed_at IS NULL AND refused_at IS NULL"),
        ),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    asked_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
    mailed_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]


class Pair(Base):
    """One coach and one coachee, from a date, until a date. `ended_at` is the moment the coach lost the footage.

    With `self_first` each of the two tags a clip alone, and both sets are revealed together.
    """

    __tablename__ = "pairs"
    __table_args__ = (
        Index(
            "uq_pairs_active",
            "coach_id",
            "coachee_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_pairs_coachee_id", "coachee_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    coach_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    coachee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    self_first: Mapped[bool] = mapped_column(default=False)

    coach: Mapped[Person] = relationship(foreign_keys=[coach_id])
    coachee: Mapped[Person] = relationship(foreign_keys=[coachee_id])

    def other(self, person_id: uuid.UUID) -> Person:
        """The person on the far side of the pair."""
        return self.coachee if person_id == self.coach_id else self.coach


class Coach(Base):
    """Somebody on the roster of coaches, in a pair today or not, until `ended_at`.

    `capacity` is how many pairs they can take at once: it is shown beside the number they have, and never blocks.
    """

    __tablename__ = "coaches"

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), primary_key=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    since: Mapped[date]
    trained_on: Mapped[date | None]
    capacity: Mapped[int] = mapped_column(default=3)
    version: Mapped[int] = mapped_column(default=0)  # grows with every change
    ended_at: Mapped[datetime | None]
