"""A school's dates are set by its lead or administrator; `by` is that person's id."""

import uuid

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.errors import Conflict
from veo_workflow.schools.models import AcademicYear, Closure, HalfTerm, School, Term
from veo_workflow.schools.year import queries, rules


def add_year(session: Session, school_id: uuid.UUID, dates: rules.YearDates, *, by: uuid.UUID | None) -> AcademicYear:
    """Raises InvalidInput when it overlaps another year."""
    _one_at_a_time(session, school_id)
    rules.check_apart(dates, queries.other_years(session, school_id))
    year = AcademicYear(
        school_id=school_id, name=dates.name, starts_on=dates.span.starts_on, ends_on=dates.span.ends_on
    )
    session.add(year)
    session.flush()
    for each in dates.terms:
        term = Term(academic_year_id=year.id, school_id=school_id, name=each.name, **vars(each.span))
        session.add(term)
        session.flush()
        session.add_all(
            HalfTerm(school_id=school_id, term_id=term.id, number=number, **vars(span))
            for number, span in enumerate(each.halves, start=1)
        )
    session.flush()
    record(session, "year_added", by=by, school=school_id, subject=("academic_year", year.id))
    return year


def alter_year(session: Session, year: AcademicYear, dates: rules.YearDates, *, standing: str, by: uuid.UUID) -> None:
    """New dates for a year and its terms; cycles keep their term. `standing` is the mark of the dates changed from.

    Raises InvalidInput, or Conflict carrying the dates that stand now when somebody else changed them meanwhile.
    """
    _one_at_a_time(session, year.school_id)
    now_there = queries.dates_of(session, [year])[year.id]
    if now_there.mark != standing:
        raise Conflict(
            "Somebody else changed these dates while you were writing. Both are below.",
            code="year_changed",
            theirs=now_there,
        )
    rules.check_apart(dates, queries.other_years(session, year.school_id, but=year.id))
    rules.check_keeps(dates, [queries.closure_dates(closure) for closure in queries.closures_in(session, year)])
    year.name, year.starts_on, year.ends_on = dates.name, dates.span.starts_on, dates.span.ends_on
    for term, each in zip(queries.terms_of(session, [year.id]), dates.terms, strict=True):
        term.name, term.starts_on, term.ends_on = each.name, each.span.starts_on, each.span.ends_on
        for half, span in zip(queries.halves_of(session, [term.id]), each.halves, strict=True):
            half.starts_on, half.ends_on = span.starts_on, span.ends_on
    session.flush()
    record(session, "year_changed", by=by, school=year.school_id, subject=("academic_year", year.id))


def remove_year(session: Session, year: AcademicYear, *, by: uuid.UUID) -> None:
    """The year goes with its terms and closures. Raises Conflict when anything, a cycle say, belongs to one of them."""
    _one_at_a_time(session, year.school_id)
    closures = [closure.id for closure in queries.closures_in(session, year)]
    terms = [term.id for term in queries.terms_of(session, [year.id])]
    try:
        with session.begin_nested():
            session.execute(delete(Closure).where(Closure.id.in_(closures)))
            session.execute(delete(HalfTerm).where(HalfTerm.term_id.in_(terms)))
            session.execute(delete(Term).where(Term.id.in_(terms)))
            session.execute(delete(AcademicYear).where(AcademicYear.id == year.id))
    except IntegrityError:
        raise Conflict(
            "Cycles belong to this year, so it stays. You can still change its dates.", code="year_in_use"
        ) from None
    record(session, "year_removed", by=by, school=year.school_id, subject=("academic_year", year.id))


def add_closure(session: Session, school_id: uuid.UUID, dates: rules.ClosureDates, *, by: uuid.UUID | None) -> Closure:
    """Raises InvalidInput when it lies in no year, or the year has closures enough."""
    _one_at_a_time(session, school_id)
    year = rules.year_around(dates, queries.year_spans(session, school_id))
    rules.check_room(queries.count_closures(session, school_id, year))
    closure = Closure(school_id=school_id, name=dates.name, **vars(dates.span))
    session.add(closure)
    session.flush()
    record(session, "closure_added", by=by, school=school_id, subject=("closure", closure.id))
    return closure


def alter_closure(
    session: Session, closure: Closure, dates: rules.ClosureDates, *, standing: str, by: uuid.UUID
) -> None:
    """`standing` is the mark of the dates changed from.

    Raises InvalidInput when it would lie in no year, Conflict carrying the dates that stand now when somebody else
    changed them meanwhile.
    """
    _one_at_a_time(session, closure.school_id)
    session.refresh(closure)
    now_there = queries.closure_dates(closure)
    if now_there.mark != standing:
        raise Conflict(
            "Somebody else changed this closure while you were writing. Both are below.",
            code="closure_changed",
            theirs=now_there,
        )
    rules.year_around(dates, queries.year_spans(session, closure.school_id))
    closure.name, closure.starts_on, closure.ends_on = dates.name, dates.span.starts_on, dates.span.ends_on
    record(session, "closure_changed", by=by, school=closure.school_id, subject=("closure", closure.id))


def remove_closure(session: Session, closure: Closure, *, by: uuid.UUID) -> None:
    session.execute(delete(Closure).where(Closure.id == closure.id))
    record(session, "closure_removed", by=by, school=closure.school_id, subject=("closure", closure.id))


def set_rhythm(session: Session, school: School, sent: dict[str, str], *, by: uuid.UUID) -> None:
    """What every colleague gets unless something else is agreed.

    Raises InvalidInput, or Conflict carrying the figures that stand now when somebody else changed them meanwhile.
    """
    figures = rules.read_figures(sent)
    session.refresh(school, with_for_update={"key_share": True})
    check_standing(figures_of(school), sent.get("standing", ""))
    for name, figure in figures.items():
        setattr(school, name, figure)
    record(session, "rhythm_set", by=by, school=school.id, subject=("school", school.id))


def figures_of(row: object) -> dict[str, int | None]:
    """Entitlement and rhythm of a school, or what is agreed with a person."""
    return {name: getattr(row, name) for name in rules.FIGURES}


def check_standing(figures: dict[str, int | None], standing: str) -> None:
    """Raises Conflict carrying the figures when they are no longer those that a form was filled from."""
    if rules.standing(figures) != standing:
        raise Conflict(
            "Somebody else changed these numbers while you were writing. Both are below.",
            code="figures_changed",
            theirs=figures,
        )


def set_timezone(session: Session, school: School, timezone: str, *, standing: str, by: uuid.UUID) -> None:
    """The zone in which the school's days begin and all its times are said.

    Raises InvalidInput, or Conflict when it is no longer `standing`.
    """
    timezone = rules.read_zone(timezone)
    session.refresh(school, with_for_update={"key_share": True})
    if school.timezone != standing:
        raise Conflict(
            "Somebody else changed the time zone while you were choosing. Both are below.",
            code="timezone_changed",
            theirs=school.timezone,
        )
    school.timezone = timezone
    record(session, "timezone_set", by=by, school=school.id, subject=("school", school.id))


def _one_at_a_time(session: Session, school_id: uuid.UUID) -> None:
    """Two that set dates at once: the second sees what the first has set."""
    session.execute(select(School.id).where(School.id == school_id).with_for_update(key_share=True))
