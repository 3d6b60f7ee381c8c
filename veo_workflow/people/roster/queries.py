import uuid
from dataclasses import dataclass

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session

from veo_workflow.errors import NotFound
from veo_workflow.people.models import Coach, Pair, Person
from veo_workflow.people.roster.rules import CoachFacts

CHOICES = 1000
PAIRS_NOW = (
    select(func.count())
    .select_from(Pair)
    .where(Pair.coach_id == Coach.person_id, Pair.ended_at.is_(None))
    .correlate(Coach)
    .scalar_subquery()
)


@dataclass(frozen=True)
class Choice:
    """A colleague to choose from; `facts` only of those on the roster, and `pairs` how many they coach in today."""

    id: uuid.UUID
    name: str
    facts: CoachFacts | None
    pairs: int

    @property
    def has_room(self) -> bool:
        return self.facts is not None and self.pairs < self.facts.capacity


def coaches_of(session: Session, school_id: uuid.UUID, *, name: str = "", limit: int, offset: int = 0) -> list[Choice]:
    """The school's roster by name, part of which may be asked for: one statement."""
    query = _people(school_id).where(Coach.person_id.is_not(None)).limit(limit).offset(offset)
    if name:
        query = query.where(Person.name.icontains(name, autoescape=True))
    return _read(session, query)


def choices(session: Session, school_id: uuid.UUID) -> list[Choice]:
    """Everybody with a live account at the school by name, with what the roster says of them: one statement."""
    return _read(session, _people(school_id).limit(CHOICES))


def _people(school_id: uuid.UUID) -> Select[uuid.UUID, str, Coach, int]:
    on_it = and_(Coach.person_id == Person.id, Coach.ended_at.is_(None))
    return (
        select(Person.id, Person.name, Coach, PAIRS_NOW)
        .outerjoin(Coach, on_it)
        .where(Person.school_id == school_id, Person.disabled_at.is_(None))
        .order_by(Person.name, Person.id)
    )


def _read(session: Session, query: Select[uuid.UUID, str, Coach, int]) -> list[Choice]:
    return [
        Choice(person_id, name, facts_of(coach) if coach else None, pairs)
        for person_id, name, coach, pairs in session.execute(query)
    ]


def facts_of(coach: Coach) -> CoachFacts:
    return CoachFacts(coach.since, coach.trained_on, coach.capacity)


def whole_roster(session: Session, school_id: uuid.UUID) -> tuple[int, int]:
    """How many colleagues coach, and for how many more pairs they have room together."""
    free = case((Coach.capacity > PAIRS_NOW, Coach.capacity - PAIRS_NOW), else_=0)
    query = (
        select(func.count(), func.coalesce(func.sum(free), 0))
        .select_from(Coach)
        .join(Person, Person.id == Coach.person_id)
        .where(Coach.school_id == school_id, Coach.ended_at.is_(None), Person.disabled_at.is_(None))
    )
    coaches, room = session.execute(query).one()
    return coaches, int(room)


def coach_at_school(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> tuple[Person, Coach]:
    """Somebody on the school's roster. Raises NotFound."""
    row = session.execute(
        select(Person, Coach)
        .join(Coach, Coach.person_id == Person.id)
        .where(
            Person.id == person_id,
            Person.school_id == school_id,
            Person.disabled_at.is_(None),
            Coach.ended_at.is_(None),
        )
    ).first()
    if row is None:
        raise NotFound()
    return row[0], row[1]
