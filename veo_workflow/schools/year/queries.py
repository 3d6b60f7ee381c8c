import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from veo_workflow.errors import NotFound
from veo_workflow.schools.models import AcademicYear, Closure, HalfTerm, Term
from veo_workflow.schools.year.rules import CLOSURES_A_YEAR, ClosureDates, Span, TermDates, YearDates

YEARS_OF_A_SCHOOL = 100


@dataclass(frozen=True)
class YearSeen:
    """A year on the lead's page."""

    id: uuid.UUID
    dates: YearDates
    closures: list[Closure]


def years_of(session: Session, school_id: uuid.UUID, *, limit: int, offset: int = 0) -> list[YearSeen]:
    """A school's years with everything in them, latest first: four statements."""
    years = session.scalars(
        select(AcademicYear)
        .where(AcademicYear.school_id == school_id)
        .order_by(AcademicYear.starts_on.desc(), AcademicYear.id)
        .limit(limit)
        .offset(offset)
    ).all()
    dates = dates_of(session, years)
    closures = _closures_during(session, school_id, [each.span for each in dates.values()])
    return [
        YearSeen(year.id, dates[year.id], [c for c in closures if dates[year.id].span.holds(closure_dates(c).span)])
        for year in years
    ]


def dates_of(session: Session, years: Iterable[AcademicYear]) -> dict[uuid.UUID, YearDates]:
    """The dates of each year by its id: two statements."""
    years = list(years)
    terms = terms_of(session, [year.id for year in years])
    halves = halves_of(session, [term.id for term in terms])

    def term_dates(term: Term) -> TermDates:
        first, second = (span_of(half) for half in halves if half.term_id == term.id)
        return TermDates(term.name, span_of(term), (first, second))

    return {
        year.id: YearDates(
            year.name, span_of(year), tuple(term_dates(term) for term in terms if term.academic_year_id == year.id)
        )
        for year in years
    }


def span_of(row: AcademicYear | Term | HalfTerm | Closure) -> Span:
    """Its days."""
    return Span(row.starts_on, row.ends_on)


def closure_dates(closure: Closure) -> ClosureDates:
    return ClosureDates(closure.name, span_of(closure))


def terms_of(session: Session, year_ids: list[uuid.UUID]) -> list[Term]:
    """The years' terms in order."""
    query = select(Term).where(Term.academic_year_id.in_(year_ids)).order_by(Term.starts_on, Term.id)
    return list(session.scalars(query))


def halves_of(session: Session, term_ids: list[uuid.UUID]) -> list[HalfTerm]:
    """The terms' half-terms, each term's in order."""
    query = select(HalfTerm).where(HalfTerm.term_id.in_(term_ids)).order_by(HalfTerm.term_id, HalfTerm.number)
    return list(session.scalars(query))


def closures_in(session: Session, year: AcademicYear) -> list[Closure]:
    """The closures of a year, in order."""
    return _closures_during(session, year.school_id, [span_of(year)])


def _closures_during(session: Session, school_id: uuid.UUID, spans: list[Span]) -> list[Closure]:
    if not spans:
        return []
    query = (
        select(Closure)
        .where(
            Closure.school_id == school_id,
            Closure.starts_on >= min(span.starts_on for span in spans),
            Closure.starts_on <= max(span.ends_on for span in spans),
        )
        .order_by(Closure.starts_on, Closure.id)
        .limit(CLOSURES_A_YEAR * len(spans))
    )
    return list(session.scalars(query))


def count_closures(session: Session, school_id: uuid.UUID, year: Span) -> int:
    during = Closure.starts_on.between(year.starts_on, year.ends_on)
    query = select(func.count()).select_from(Closure).where(Closure.school_id == school_id, during)
    return session.scalar(query) or 0


def other_years(session: Session, school_id: uuid.UUID, *, but: uuid.UUID | None = None) -> list[tuple[str, Span]]:
    """Name and days of the school's years, without the one that is being changed."""
    years = session.scalars(
        select(AcademicYear).where(AcademicYear.school_id == school_id).limit(YEARS_OF_A_SCHOOL)
    ).all()
    return [(year.name, span_of(year)) for year in years if year.id != but]


def year_spans(session: Session, school_id: uuid.UUID) -> list[Span]:
    return [span for _, span in other_years(session, school_id)]


def year_at_school(session: Session, school_id: uuid.UUID, year_id: uuid.UUID) -> AcademicYear:
    """Raises NotFound."""
    year = session.scalar(select(AcademicYear).where(AcademicYear.id == year_id, AcademicYear.school_id == school_id))
    if year is None:
        raise NotFound()
    return year


def closure_at_school(session: Session, school_id: uuid.UUID, closure_id: uuid.UUID) -> Closure:
    """Raises NotFound."""
    closure = session.scalar(select(Closure).where(Closure.id == closure_id, Closure.school_id == school_id))
    if closure is None:
        raise NotFound()
    return closure


def latest_year(session: Session, school_id: uuid.UUID) -> AcademicYear | None:
    return session.scalar(
        select(AcademicYear).where(AcademicYear.school_id == school_id).order_by(AcademicYear.starts_on.desc()).limit(1)
    )
