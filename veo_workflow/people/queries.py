import uuid
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from veo_workflow.access.policy import Asker, Sides, Thing, Verb, relations_in_school, require
from veo_workflow.errors import NotFound
from veo_workflow.people.factors.queries import holds_one
from veo_workflow.people.models import Pair, Person, PersonRole, Role, SignIn
from veo_workflow.people.operations import hash_token
from veo_workflow.schools.models import School


def asker(person: Person) -> Asker:
    """The person as the policy sees them."""
    return Asker(person.id, person.school_id, frozenset(held.role.value for held in person.roles))


def sides(pair: Pair) -> Sides:
    """The pair as the policy sees it."""
    return Sides(pair.school_id, pair.coach_id, pair.coachee_id, ended=pair.ended_at is not None)


def require_in_school(person: Person, verb: Verb, thing: Thing) -> None:
    """Return if the policy lets the person do this with a thing of their own school. Raises NotFound, NotAllowed."""
    require(relations_in_school(asker(person), person.school_id), verb, thing)


@dataclass(frozen=True)
class FoundSignIn:
    """A sign-in whose person has a live account, and what decides whether they have to set up a second step first."""

    row: SignIn
    person: Person
    second_step_from: date | None
    timezone: str
    has_second_step: bool


def sign_in_by_token(session: Session, token: str) -> FoundSignIn | None:
    found = session.execute(
        select(SignIn, Person, School.second_step_from, School.timezone, holds_one())
        .join(Person, Person.id == SignIn.person_id)
        .join(School, School.id == Person.school_id)
        .where(SignIn.token_hash == hash_token(token), Person.disabled_at.is_(None))
    ).first()
    return FoundSignIn(*found) if found else None


def person_by_email(session: Session, email: str) -> Person:
    """Raises NotFound."""
    person = session.scalar(select(Person).where(Person.email == email.strip().casefold()))
    if person is None:
        raise NotFound(f"Nobody has an account with the address {email}. Check it, or add the person first.")
    return person


def pair_of(session: Session, person: Person, pair_id: uuid.UUID) -> Pair:
    """A pair the person is in, with both people. Raises NotFound."""
    pair = session.scalar(
        select(Pair)
        .options(joinedload(Pair.coach), joinedload(Pair.coachee))
        .where(Pair.id == pair_id, (Pair.coach_id == person.id) | (Pair.coachee_id == person.id))
    )
    if pair is None:
        raise NotFound()
    return pair


def active_pair(session: Session, coach: Person, coachee: Person) -> Pair:
    """The pair these two are today. Raises NotFound."""
    pair = session.scalar(
        select(Pair).where(Pair.coach_id == coach.id, Pair.coachee_id == coachee.id, Pair.ended_at.is_(None))
    )
    if pair is None:
        raise NotFound(f"{coach.name} does not coach {coachee.name} at present.")
    return pair


def active_pairs(session: Session, person: Person) -> list[Pair]:
    """The pairs a person is in today, on either side, with both people: one statement."""
    return list(
        session.scalars(
            select(Pair)
            .options(joinedload(Pair.coach), joinedload(Pair.coachee))
            .where(Pair.ended_at.is_(None), (Pair.coach_id == person.id) | (Pair.coachee_id == person.id))
            .order_by(Pair.starts_on, Pair.id)
            .limit(50)
        )
    )


def colleagues(
    session: Session, person: Person, *, name: str = "", waiting: bool = False, limit: int, offset: int = 0
) -> list[Person]:
    """Everybody else with an account at the person's school, by name, part of which may be asked for.

    `waiting`: only those who have not chosen a password yet.
    """
    query = (
        select(Person)
        .where(Person.school_id == person.school_id, Person.id != person.id, Person.disabled_at.is_(None))
        .order_by(Person.name, Person.id)
        .limit(limit)
        .offset(offset)
    )
    if waiting:
        query = query.where(Person.password_hash.is_(None))
    if name:
        query = query.where(Person.name.icontains(name, autoescape=True))
    return list(session.scalars(query))


def count_people(session: Session, school_id: uuid.UUID) -> int:
    """How many have a live account."""
    here = (Person.school_id == school_id, Person.disabled_at.is_(None))
    return session.scalar(select(func.count()).select_from(Person).where(*here)) or 0


def colleague(session: Session, person: Person, colleague_id: uuid.UUID) -> Person:
    """Somebody else at the same school. Raises NotFound."""
    found = session.scalar(
        select(Person).where(
            Person.id == colleague_id,
            Person.school_id == person.school_id,
            Person.id != person.id,
            Person.disabled_at.is_(None),
        )
    )
    if found is None:
        raise NotFound()
    return found


def school_of(session: Session, person: Person) -> School:
    return session.get_one(School, person.school_id)


def any_administrator(session: Session) -> bool:
    return session.scalar(select(PersonRole).where(PersonRole.role == Role.ADMINISTRATOR).limit(1)) is not None
