"""What home says to whole-school roles: to a lead who is with whom at which stage, no footage (SAFEGUARDING A3); to an
administrator how many have an account.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from veo_workflow.cycles.models import Cycle, Stage, StageMove
from veo_workflow.oversight.overview.rules import Row, by_stage
from veo_workflow.people.models import Pair, Person
from veo_workflow.schools.models import Term
from veo_workflow.schools.queries import term_on, today_at
from veo_workflow.web import PAGE_SIZE


@dataclass(frozen=True)
class PairRow:
    """One line of the table: a pair and one cycle of theirs this term, or none yet. `since` is when the stage began."""

    coachee: str
    coach: str
    stage: Stage | None
    since: datetime | None
    closed: bool


@dataclass(frozen=True)
class Coaching:
    term: Term | None
    chart: list[Row]
    rows: list[PairRow]
    page: int
    more: bool

    @property
    def pairs(self) -> int:
        return sum(row.count for row in self.chart)

    @property
    def begun(self) -> int:
        return self.pairs - self.chart[0].count


def coaching_this_term(session: Session, school_id: uuid.UUID, *, page: int = 1) -> Coaching:
    """Pairs of today and where their cycles of this term stand: four statements."""
    term = term_on(session, school_id, today_at(session, school_id))
    rows = _rows(session, school_id, term, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    chart = by_stage(_counts(session, school_id, term))
    return Coaching(term, chart, rows[:PAGE_SIZE], page, more=len(rows) > PAGE_SIZE)


def _newest_of_term(term: Term | None) -> ColumnElement[bool]:
    """A pair's one line: its newest cycle of the term."""
    other = aliased(Cycle)
    newest = (
        select(other.id)
        .where(other.pair_id == Pair.id, other.term_id == (term.id if term else None))
        .order_by(other.opened_at.desc(), other.id.desc())
        .limit(1)
        .correlate(Pair)
        .scalar_subquery()
    )
    return Cycle.id == newest


def _counts(session: Session, school_id: uuid.UUID, term: Term | None) -> dict[tuple[Stage | None, bool], int]:
    closed = Cycle.closed_at.is_not(None)
    rows = session.execute(
        select(Cycle.stage, closed, func.count())
        .select_from(Pair)
        .outerjoin(Cycle, _newest_of_term(term))
        .where(Pair.school_id == school_id, Pair.ended_at.is_(None))
        .group_by(Cycle.stage, closed)
    )
    return {(row[0], bool(row[1])): row[2] for row in rows}


def _rows(session: Session, school_id: uuid.UUID, term: Term | None, *, limit: int, offset: int) -> list[PairRow]:
    coach, coachee = aliased(Person), aliased(Person)
    since = (
        select(func.max(StageMove.moved_at))
        .where(and_(StageMove.cycle_id == Cycle.id, StageMove.to_stage == Cycle.stage))
        .correlate(Cycle)
        .scalar_subquery()
    )
    rows = session.execute(
        select(coachee.name, coach.name, Cycle.stage, since, Cycle.opened_at, Cycle.closed_at)
        .select_from(Pair)
        .join(coach, coach.id == Pair.coach_id)
        .join(coachee, coachee.id == Pair.coachee_id)
        .outerjoin(Cycle, _newest_of_term(term))
        .where(Pair.school_id == school_id, Pair.ended_at.is_(None))
        .order_by(coachee.name, coach.name, Pair.id)
        .limit(limit)
        .offset(offset)
    )
    return [PairRow(row[0], row[1], row[2], row[5] or row[3] or row[4], closed=row[5] is not None) for row in rows]


@dataclass(frozen=True)
class Accounts:
    everybody: int
    not_yet_in: int


def accounts_of(session: Session, school_id: uuid.UUID) -> Accounts:
    """How many have an account, and how many of them have not chosen a password yet: one statement."""
    row = session.execute(
        select(func.count(), func.count().filter(Person.password_hash.is_(None))).where(
            Person.school_id == school_id, Person.disabled_at.is_(None)
        )
    ).one()
    return Accounts(row[0], row[1])
