"""Logs that are still to come: for the lead, who asks for them, and for the coach who has to write them."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from veo_workflow.database import now
from veo_workflow.oversight.logs.queries import log_of
from veo_workflow.oversight.logs.rules import due, may_ask
from veo_workflow.oversight.models import CoachingLog, LoggedConversation, LogReminder, LogTheme
from veo_workflow.people.models import Pair, Person
from veo_workflow.schools.models import HalfTerm
from veo_workflow.schools.queries import school_days
from veo_workflow.schools.rules import SchoolDays
from veo_workflow.schools.year.rules import Span

ON_HOME = 4
AROUND = timedelta(days=120)
ON_HOME_BEFORE, ON_HOME_AFTER = timedelta(days=7), timedelta(days=56)


@dataclass(frozen=True)
class Missing:
    """A log that is not handed in: of which pair and half-term, what of it is there, when the coach was last asked."""

    pair_id: uuid.UUID
    half_term_id: uuid.UUID
    number: int
    due_on: date
    coach: str
    coachee: str
    conversations: int
    has_themes: bool
    reminded_at: datetime | None

    @property
    def may_ask(self) -> bool:
        return may_ask(self.reminded_at, now())


def missing(
    session: Session,
    school_id: uuid.UUID,
    half_terms: ColumnElement[bool],
    days: SchoolDays,
    *,
    coach: Person | None = None,
    limit: int,
    offset: int = 0,
) -> list[Missing]:
    """Logs that present pairs still owe for these half-terms, the longest due first: one statement.

    `days` are the school's around them; `coach` narrows it to those that one person has to write.
    """
    writer, coachee = aliased(Person), aliased(Person)
    talks = select(func.count()).where(LoggedConversation.log_id == CoachingLog.id).correlate(CoachingLog)
    query = (
        select(
            Pair.id,
            HalfTerm.id,
            HalfTerm.number,
            HalfTerm.starts_on,
            HalfTerm.ends_on,
            writer.name,
            coachee.name,
            talks.scalar_subquery(),
            exists().where(LogTheme.log_id == CoachingLog.id),
            LogReminder.reminded_at,
        )
        .join(HalfTerm, HalfTerm.school_id == Pair.school_id)
        .join(writer, writer.id == Pair.coach_id)
        .join(coachee, coachee.id == Pair.coachee_id)
        .outerjoin(CoachingLog, log_of(Pair.id, HalfTerm.id))
        .outerjoin(LogReminder, and_(LogReminder.pair_id == Pair.id, LogReminder.half_term_id == HalfTerm.id))
        .where(_is_missing(school_id, half_terms))
        .order_by(HalfTerm.ends_on, writer.name, coachee.name, Pair.id)
        .limit(limit)
        .offset(offset)
    )
    if coach is not None:
        query = query.where(Pair.coach_id == coach.id)
    return [
        Missing(pair_id, half_id, number, due(Span(first, last), days), *rest)
        for pair_id, half_id, number, first, last, *rest in session.execute(query)
    ]


def count_missing(session: Session, school_id: uuid.UUID, half_terms: ColumnElement[bool]) -> dict[uuid.UUID, int]:
    """How many logs are due for each of these half-terms: one statement."""
    rows = session.execute(
        select(HalfTerm.id, func.count())
        .select_from(Pair)
        .join(HalfTerm, HalfTerm.school_id == Pair.school_id)
        .outerjoin(CoachingLog, log_of(Pair.id, HalfTerm.id))
        .where(_is_missing(school_id, half_terms))
        .group_by(HalfTerm.id)
    )
    return {row[0]: row[1] for row in rows}


def _is_missing(school_id: uuid.UUID, half_terms: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(
        Pair.school_id == school_id,
        Pair.ended_at.is_(None),
        half_terms,
        Pair.starts_on <= HalfTerm.ends_on,
        CoachingLog.handed_in_at.is_(None),
    )


def these(half_terms: Iterable[HalfTerm]) -> ColumnElement[bool]:
    """Half-terms by name, for `missing` and `count_missing`."""
    return HalfTerm.id.in_([half_term.id for half_term in half_terms])


def to_write(session: Session, coach: Person, today: date) -> list[Missing]:
    """What a coach's home says of logs: due within a week, or late by less than eight: three statements."""
    soon = and_(HalfTerm.starts_on <= today, HalfTerm.ends_on.between(today - ON_HOME_AFTER, today + ON_HOME_BEFORE))
    days = school_days(session, coach.school_id, Span(today - AROUND, today + AROUND))
    return missing(session, coach.school_id, soon, days, coach=coach, limit=ON_HOME)
