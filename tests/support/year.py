"""The school year as a test wants it around today, whatever day that is."""

import uuid
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.database import now
from veo_workflow.schools.models import AcademicYear, HalfTerm, Term
from veo_workflow.schools.queries import term_on

# Days: no half-term of an earlier term ended after the world's people began, and three terms are less than a year.
BEGUN, BETWEEN_TERMS = 20, 145
FIRST_HALF, SECOND_HALF = (0, 25), (32, 70)  # of a term


def today() -> date:
    """The day it is at the world's schools."""
    return now().date()


def make_today_mid_half_term(session: Session, school_id: uuid.UUID) -> HalfTerm:
    """The first half of the present term, as if today were near its end; the second has not begun."""
    day = today()
    present = term_on(session, school_id, day)
    assert present is not None
    terms = list(
        session.scalars(select(Term).where(Term.academic_year_id == present.academic_year_id).order_by(Term.starts_on))
    )
    for number, term in enumerate(terms, start=-terms.index(present)):
        _begin(session, term, day + timedelta(days=number * BETWEEN_TERMS - BEGUN))
    year = session.get_one(AcademicYear, present.academic_year_id)
    year.starts_on, year.ends_on = terms[0].starts_on, terms[-1].ends_on
    return session.scalars(select(HalfTerm).where(HalfTerm.term_id == present.id, HalfTerm.number == 1)).one()


def _begin(session: Session, term: Term, day: date) -> None:
    halves = session.scalars(select(HalfTerm).where(HalfTerm.term_id == term.id).order_by(HalfTerm.number))
    for half, (first, last) in zip(halves, (FIRST_HALF, SECOND_HALF), strict=True):
        half.starts_on, half.ends_on = day + timedelta(days=first), day + timedelta(days=last)
    term.starts_on, term.ends_on = day, day + timedelta(days=SECOND_HALF[1])
