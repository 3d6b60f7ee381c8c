"""When something is due: weekends, closures and holidays are skipped."""

from datetime import date, timedelta

import pytest

from tests.support.world import World
from veo_workflow.schools.queries import school_days
from veo_workflow.schools.rules import SchoolDays, due_on, next_school_day
from veo_workflow.schools.year import operations, queries
from veo_workflow.schools.year.rules import ClosureDates, Span, usual_year
from veo_workflow.services import Services

# 1 September 2026 is a Tuesday; half-term lasts from 17 to 25 October; 18 December is a Friday.
YEAR = usual_year(date(2026, 11, 25))
FIRST, SECOND = YEAR.terms[0].halves
HALVES = tuple(half for term in YEAR.terms for half in term.halves)


def _closed(*spans: tuple[date, date]) -> SchoolDays:
    return SchoolDays(HALVES, tuple(ClosureDates("INSET day", Span(*span)) for span in spans))


OPEN = _closed()


@pytest.mark.parametrize(
    ("when", "found"),
    [
        (date(2026, 9, 2), date(2026, 9, 2)),
        (date(2026, 9, 5), date(2026, 9, 7)),  # a Saturday
        (date(2026, 8, 1), date(2026, 9, 1)),  # before the year
        (date(2026, 10, 17), date(2026, 10, 26)),  # between two half-terms
        (date(2026, 12, 19), date(2027, 1, 4)),  # between two terms
        (date(2027, 7, 21), date(2027, 7, 21)),  # the very last day
        (date(2027, 7, 22), None),  # nothing is known after it
    ],
)
def test_the_next_school_day_skips_weekends_and_holidays(when: date, found: date | None) -> None:
    assert next_school_day(when, OPEN) == found


def test_the_next_school_day_skips_closures() -> None:
    monday = date(2026, 11, 30)
    assert next_school_day(monday, _closed((monday, monday + timedelta(days=1)))) == date(2026, 12, 2)
    assert next_school_day(SECOND.ends_on, _closed((SECOND.ends_on, SECOND.ends_on))) == date(2027, 1, 4)


def test_a_half_terms_session_is_due_on_its_last_school_day() -> None:
    assert due_on(FIRST, OPEN) == date(2026, 10, 16)
    ends_on_a_sunday = Span(FIRST.starts_on, date(2026, 10, 18))
    assert due_on(ends_on_a_sunday, SchoolDays((ends_on_a_sunday, SECOND), ())) == date(2026, 10, 16)


def test_a_closure_over_the_end_brings_it_forward() -> None:
    assert due_on(SECOND, _closed((date(2026, 12, 17), date(2026, 12, 18)))) == date(2026, 12, 16)
    assert due_on(SECOND, _closed((date(2026, 12, 14), date(2026, 12, 18)))) == date(2026, 12, 11)


def test_what_is_due_in_a_half_term_closed_whole_is_due_on_the_first_day_after() -> None:
    assert due_on(FIRST, _closed((FIRST.starts_on, FIRST.ends_on))) == SECOND.starts_on
    assert due_on(FIRST, _closed((FIRST.starts_on, SECOND.starts_on))) == SECOND.starts_on + timedelta(days=1)
    assert due_on(HALVES[-1], _closed((HALVES[-1].starts_on, HALVES[-1].ends_on))) is None


def test_why_school_is_closed_is_said_in_the_words_people_use() -> None:
    days = _closed((date(2026, 12, 1), date(2026, 12, 2)))
    said = {when: days.why_closed(when) for when in (date(2026, 12, 2), date(2026, 12, 3), date(2026, 12, 5))}
    assert list(said.values()) == ["INSET day", "", "a weekend"]
    assert days.why_closed(date(2026, 10, 20)) == "in the holidays"


def test_the_half_term_of_a_day_in_the_holidays_is_the_next_one() -> None:
    assert OPEN.half_term_around(date(2026, 10, 16)) == FIRST
    assert OPEN.half_term_around(date(2026, 10, 17)) == SECOND
    assert OPEN.half_term_around(date(2027, 8, 1)) is None


def test_the_days_of_a_school_are_its_own(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        mine, theirs = (queries.years_of(session, each.school_id, limit=1)[0].dates for each in (world.lena, world.olu))
        first, later = mine.span.starts_on, mine.terms[2].span.ends_on
        for day in (first, later):
            closure = ClosureDates("INSET day", Span(day, day))
            operations.add_closure(session, world.lena.school_id, closure, by=None)
        half = mine.terms[0].halves[0]
        days = school_days(session, world.lena.school_id, Span(first, first + timedelta(days=1)))
        assert days == SchoolDays((half,), (ClosureDates("INSET day", Span(first, first)),))
        whole = school_days(session, world.olu.school_id, theirs.span)
        assert whole == SchoolDays(tuple(half for term in theirs.terms for half in term.halves), ())
