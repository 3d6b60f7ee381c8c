import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from veo_workflow.access.policy import Relation, State, Thing, Verb, allows, relations_to, require
from veo_workflow.database import now
from veo_workflow.errors import NotFound
from veo_workflow.oversight.logs.rules import check_time
from veo_workflow.oversight.models import CoachingLog, PairNote, Theme
from veo_workflow.people.models import Pair, Person
from veo_workflow.people.queries import asker, school_of, sides
from veo_workflow.schools.models import HalfTerm, Term
from veo_workflow.schools.rules import local_day
from veo_workflow.schools.year.queries import span_of

THEMES_AT_ONCE = 60


@dataclass(frozen=True)
class LogSeen:
    """The log of a pair and a half-term as one of the pair stands to it; there need not be one yet."""

    pair: Pair
    half_term: HalfTerm
    term: Term
    relations: frozenset[Relation]
    state: State
    log: CoachingLog | None
    note: PairNote | None

    @property
    def is_coach(self) -> bool:
        return Relation.COACH in self.relations

    @property
    def may_write(self) -> bool:
        return allows(self.relations, Verb.CHANGE, Thing.LOG, self.state)


@dataclass(frozen=True)
class LogLine:
    """A line of somebody's own list: whose log, of when, and how far it is."""

    pair: Pair
    half_term: HalfTerm
    term: str
    log_id: uuid.UUID | None
    handed_in: bool
    is_coach: bool


def log_for(
    session: Session, person: Person, pair_id: uuid.UUID, half_term_id: uuid.UUID, verb: Verb = Verb.SEE
) -> LogSeen:
    """The log of one's own pair: at most five statements. The coachee sees it once it is handed in.

    One that is not begun yet can be for a half-term in which the two are a pair, and that has begun.

    Raises NotFound, NotAllowed.
    """
    pair = session.scalar(
        select(Pair)
        .options(joinedload(Pair.coach), joinedload(Pair.coachee))
        .where(
            Pair.id == pair_id,
            Pair.school_id == person.school_id,
            (Pair.coach_id == person.id) | (Pair.coachee_id == person.id),
        )
    )
    if pair is None:
        raise NotFound()
    state = State.ENDED if pair.ended_at else State.OPEN
    relations = relations_to(asker(person), sides(pair))
    require(relations, verb, Thing.LOG, state)
    half_term, term = half_term_of(session, person.school_id, half_term_id)
    log = session.scalar(
        select(CoachingLog).where(CoachingLog.pair_id == pair.id, CoachingLog.half_term_id == half_term.id)
    )
    note = session.get(PairNote, (pair.id, half_term.id))
    seen = LogSeen(pair, half_term, term, relations, state, log, note)
    if not seen.is_coach and (log is None or log.handed_in_at is None):
        raise NotFound()
    if log is None:
        today = local_day(now(), school_of(session, person).timezone)
        check_time(span_of(half_term), paired_from=pair.starts_on, today=today)
    return seen


def half_term_of(session: Session, school_id: uuid.UUID, half_term_id: uuid.UUID) -> tuple[HalfTerm, Term]:
    """Raises NotFound."""
    row = session.execute(
        select(HalfTerm, Term)
        .join(Term, Term.id == HalfTerm.term_id)
        .where(HalfTerm.id == half_term_id, HalfTerm.school_id == school_id)
    ).first()
    if row is None:
        raise NotFound()
    return row[0], row[1]


def own_logs(session: Session, person: Person, today: date, *, limit: int, offset: int = 0) -> list[LogLine]:
    """The logs a person has to write or has written, and those about them that were handed in: one statement."""
    coach, coachee = aliased(Person), aliased(Person)
    writes = and_(Pair.coach_id == person.id, Pair.ended_at.is_(None))
    is_coached = and_(Pair.coachee_id == person.id, CoachingLog.handed_in_at.is_not(None))
    rows = session.execute(
        select(Pair, HalfTerm, Term.name, CoachingLog.id, CoachingLog.handed_in_at)
        .join(HalfTerm, HalfTerm.school_id == Pair.school_id)
        .join(Term, Term.id == HalfTerm.term_id)
        .join(coach, coach.id == Pair.coach_id)
        .join(coachee, coachee.id == Pair.coachee_id)
        .options(contains_eager(Pair.coach.of_type(coach)), contains_eager(Pair.coachee.of_type(coachee)))
        .outerjoin(CoachingLog, log_of(Pair.id, HalfTerm.id))
        .where(or_(writes, is_coached), HalfTerm.starts_on <= today, HalfTerm.ends_on >= Pair.starts_on)
        .order_by(HalfTerm.starts_on.desc(), Pair.coachee_id == person.id, coachee.name, Pair.id)
        .limit(limit)
        .offset(offset)
    )
    return [
        LogLine(pair, half_term, term, log_id, handed_in is not None, pair.coach_id == person.id)
        for pair, half_term, term, log_id, handed_in in rows
    ]


def log_of(pair_id: Any, half_term_id: Any) -> ColumnElement[bool]:
    """The one log of a pair and a half-term, for joining."""
    return and_(CoachingLog.pair_id == pair_id, CoachingLog.half_term_id == half_term_id)


def themes_of(session: Session, school_id: uuid.UUID) -> list[Theme]:
    """The themes a log can be given today, by name."""
    return list(
        session.scalars(
            select(Theme)
            .where(Theme.school_id == school_id, Theme.retired_at.is_(None))
            .order_by(Theme.name)
            .limit(THEMES_AT_ONCE)
        )
    )


def theme_at_school(session: Session, school_id: uuid.UUID, theme_id: uuid.UUID) -> Theme:
    """Raises NotFound."""
    theme = session.scalar(select(Theme).where(Theme.id == theme_id, Theme.school_id == school_id))
    if theme is None:
        raise NotFound()
    return theme
