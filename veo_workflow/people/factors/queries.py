import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from veo_workflow.errors import NotFound
from veo_workflow.people.factors.models import Authenticator, Passkey, RecoveryCode
from veo_workflow.people.models import Person


@dataclass(frozen=True)
class Held:
    """What somebody can give beside their password. `app_since` is None where there is no app."""

    app_since: datetime | None
    passkeys: list[Passkey]
    recovery_codes: int

    @property
    def anything(self) -> bool:
        return self.app_since is not None or bool(self.passkeys)


def holds_one() -> ColumnElement[bool]:
    """In a statement about Person: whether they have a second step."""
    app = exists().where(Authenticator.person_id == Person.id, Authenticator.confirmed_at.is_not(None))
    return or_(app, exists().where(Passkey.person_id == Person.id))


def has_second_step(session: Session, person_id: uuid.UUID) -> bool:
    return bool(session.scalar(select(holds_one()).where(Person.id == person_id)))


def who_holds_one(session: Session, school_id: uuid.UUID, *, limit: int, offset: int = 0) -> list[tuple[Person, bool]]:
    """Everybody with a live account by name, and whether they have a second step."""
    found = session.execute(
        select(Person, holds_one())
        .where(Person.school_id == school_id, Person.disabled_at.is_(None))
        .order_by(Person.name, Person.id)
        .limit(limit)
        .offset(offset)
    )
    return [(person, bool(holds)) for person, holds in found]


def count_holders(session: Session, school_id: uuid.UUID) -> tuple[int, int]:
    """How many have a second step, and of how many."""
    here = (Person.school_id == school_id, Person.disabled_at.is_(None))
    holders = func.count().filter(holds_one())
    row = session.execute(select(holders, func.count()).select_from(Person).where(*here)).one()
    return row[0], row[1]


def held_by(session: Session, person_id: uuid.UUID) -> Held:
    """Three statements."""
    app = session.get(Authenticator, person_id)
    codes = session.scalar(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    )
    return Held(app.confirmed_at if app else None, passkeys_of(session, person_id), codes or 0)


def passkeys_of(session: Session, person_id: uuid.UUID) -> list[Passkey]:
    """The oldest first; nobody has more than `MOST_PASSKEYS`."""
    return list(session.scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.made_at)))


def passkey_of(session: Session, person_id: uuid.UUID, passkey_id: uuid.UUID) -> Passkey:
    """Raises NotFound for one that is not this person's."""
    found = session.get(Passkey, passkey_id)
    if found is None or found.person_id != person_id:
        raise NotFound()
    return found
