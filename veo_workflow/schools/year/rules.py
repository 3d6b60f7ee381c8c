"""Pure decisions about an academic year's dates: what fits together, and how a form is read."""

import functools
import hashlib
import itertools
import re
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from veo_workflow.errors import InvalidInput
from veo_workflow.wording import day

A_YEAR_ON = timedelta(days=364)  # 52 weeks: every date keeps its weekday
LONGEST = timedelta(days=400)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
NAME_LENGTH = 40
CLOSURE_LENGTH = 80
CLOSURES_A_YEAR = 40
MOST = 12  # of anything a colleague gets
FIGURES = ("cycles_a_year", "sessions_a_half_term", "observations_a_half_term")
REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
NOT_SAVED = "These dates are not saved yet. Look at what is marked; the rest is kept as you typed it."


@dataclass(frozen=True)
class Span:
    """Days in a row, both ends included."""

    starts_on: date
    ends_on: date

    def __contains__(self, when: date) -> bool:
        return self.starts_on <= when <= self.ends_on

    def holds(self, other: "Span") -> bool:
        return other.starts_on in self and other.ends_on in self

    def meets(self, other: "Span") -> bool:
        return self.starts_on <= other.ends_on and other.starts_on <= self.ends_on

    def later(self, by: timedelta) -> "Span":
        return Span(self.starts_on + by, self.ends_on + by)


@dataclass(frozen=True)
class TermDates:
    name: str
    span: Span
    halves: tuple[Span, Span]


@dataclass(frozen=True)
class YearDates:
    """An academic year: its three terms in order, each with its two half-terms."""

    name: str
    span: Span
    terms: tuple[TermDates, ...]

    @property
    def mark(self) -> str:
        """Tells these dates from any others, so that a form knows what it was filled from."""
        return _mark_of(self)


@dataclass(frozen=True)
class ClosureDates:
    name: str
    span: Span

    @property
    def mark(self) -> str:
        """Tells these dates from any others, as a year's does."""
        return _mark_of(self)


def _mark_of(said: object) -> str:
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def usual_year(when: date) -> YearDates:
    """The academic year around a day as most schools in England keep it, until the school sets its own dates."""
    begins = when.year if when.month >= 8 else when.year - 1
    after = begins + 1
    terms = (
        _usual_term("Autumn", Span(date(begins, 9, 1), date(begins, 12, 18))),
        _usual_term("Spring", Span(date(after, 1, 4), date(after, 3, 26))),
        _usual_term("Summer", Span(date(after, 4, 12), date(after, 7, 21))),
    )
    return YearDates(_usual_name(begins), Span(terms[0].span.starts_on, terms[-1].span.ends_on), terms)


def _usual_term(name: str, span: Span) -> TermDates:
    """A term whose half-terms are parted by the week in its middle."""
    middle = span.starts_on + (span.ends_on - span.starts_on) // 2
    monday = middle - timedelta(days=middle.weekday())
    first = Span(span.starts_on, monday - timedelta(days=3))
    return TermDates(name, span, (first, Span(monday + timedelta(days=7), span.ends_on)))


def _usual_name(begins: int) -> str:
    return f"{begins}/{(begins + 1) % 100:02d}"


def a_year_on(dates: YearDates) -> YearDates:
    """The same weekdays one year later, as a proposal."""
    terms = tuple(
        TermDates(
            term.name,
            term.span.later(A_YEAR_ON),
            (term.halves[0].later(A_YEAR_ON), term.halves[1].later(A_YEAR_ON)),
        )
        for term in dates.terms
    )
    # Counted from the last day: the first one may slip from September into August over the years.
    return YearDates(_usual_name(dates.span.ends_on.year), dates.span.later(A_YEAR_ON), terms)


class _Form:
    """What was sent, read field by field; what cannot be read is noted with a remedy."""

    def __init__(self, sent: dict[str, str]) -> None:
        self.sent = sent
        self.problems: dict[str, str] = {}

    def words(self, field: str, limit: int, remedy: str) -> str:
        said = " ".join(self.sent.get(field, "").split())
        if not said:
            self.problems[field] = remedy
        elif len(said) > limit:
            self.problems[field] = f"Use at most {limit} characters."
        return said

    def day(self, field: str) -> date:
        try:
            when = date.fromisoformat(self.sent.get(field, "").strip())
        except ValueError:
            self.problems[field] = "Choose a day, for example 2026-09-01."
            return FIRST_DAY
        if not FIRST_DAY <= when <= LAST_DAY:
            self.problems[field] = "Choose a day between the years 2000 and 2099."
        return when

    def span(self, prefix: str, what: str) -> Span:
        first, last = f"{prefix}starts_on", f"{prefix}ends_on"
        read = Span(self.day(first), self.day(last))
        if not {first, last} & set(self.problems) and read.ends_on < read.starts_on:
            self.problems[last] = f"{what} would end before it starts. Choose a later last day."
        return read


def read_year(sent: dict[str, str]) -> YearDates:
    """The year in a form's fields. Raises InvalidInput naming each field."""
    form = _Form(sent)
    name = form.words("name", NAME_LENGTH, "Write the year’s name, for example 2026/27.")
    span = form.span("", "The year")
    dates = YearDates(name, span, tuple(_read_term(form, number) for number in (1, 2, 3)))
    problems = form.problems or dict(_clashes(dates))
    if problems:
        raise InvalidInput(NOT_SAVED, fields=problems)
    return dates


def _read_term(form: _Form, number: int) -> TermDates:
    name = form.words(f"term{number}_name", NAME_LENGTH, "Write the term’s name, for example Autumn.")
    span = form.span(f"term{number}_", f"{name} term")
    first = form.span(f"half{number}1_", f"The first half of {name} term")
    second = form.span(f"half{number}2_", f"The second half of {name} term")
    return TermDates(name, span, (first, second))


def _clashes(dates: YearDates) -> Iterable[tuple[str, str]]:
    """(field, what to do) for everything that does not fit together."""
    if dates.span.ends_on - dates.span.starts_on > LONGEST:
        yield "ends_on", f"An academic year lasts at most {LONGEST.days} days. Check the two dates."
    for number, term in enumerate(dates.terms, start=1):
        yield from _outside(f"term{number}_", term.span, dates.span, f"{term.name} term", "the year")
        for half, word in enumerate(("first", "second"), start=1):
            what = f"The {word} half of {term.name} term"
            yield from _outside(f"half{number}{half}_", term.halves[half - 1], term.span, what, "the term")
        if term.halves[1].starts_on <= term.halves[0].ends_on:
            yield f"half{number}2_starts_on", f"The two halves of {term.name} term overlap. Begin the second one later."
    for number, (earlier, later) in enumerate(itertools.pairwise(dates.terms), start=2):
        if later.span.starts_on <= earlier.span.ends_on:
            yield (
                f"term{number}_starts_on",
                f"{later.name} term has to begin after {earlier.name} term has ended, on {day(earlier.span.ends_on)}.",
            )


def _outside(prefix: str, inner: Span, outer: Span, what: str, where: str) -> Iterable[tuple[str, str]]:
    if inner.starts_on not in outer:
        yield f"{prefix}starts_on", f"{what} begins outside {where}. Move it, or change {where}’s dates."
    elif inner.ends_on not in outer:
        yield f"{prefix}ends_on", f"{what} ends outside {where}. Move it, or change {where}’s dates."


def check_apart(dates: YearDates, others: Iterable[tuple[str, Span]]) -> None:
    """A day belongs to one year only. Raises InvalidInput."""
    for name, other in others:
        if dates.span.meets(other):
            said = f"{name} already covers {day(other.starts_on)} to {day(other.ends_on)}. Choose dates beside it."
            raise InvalidInput(NOT_SAVED, fields={"starts_on": said})


def check_keeps(dates: YearDates, closures: Iterable[ClosureDates]) -> None:
    """The year's closures stay inside it. Raises InvalidInput."""
    for closure in closures:
        if not dates.span.holds(closure.span):
            said = f"The closure {closure.name} would lie outside the year. Move or remove it first."
            raise InvalidInput(NOT_SAVED, fields={"ends_on": said})


def read_closure(sent: dict[str, str]) -> ClosureDates:
    """The closure in a form's fields. Raises InvalidInput naming each field."""
    form = _Form(sent)
    name = form.words("name", CLOSURE_LENGTH, "Write what the closure is, for example INSET day.")
    span = form.span("", "The closure")
    if form.problems:
        raise InvalidInput(NOT_SAVED, fields=form.problems)
    return ClosureDates(name, span)


def year_around(closure: ClosureDates, years: Iterable[Span]) -> Span:
    """The year a closure lies in. Raises InvalidInput."""
    found = next((year for year in years if year.holds(closure.span)), None)
    if found is None:
        said = "These days are not inside one academic year. Check them, or set the year’s dates first."
        raise InvalidInput(NOT_SAVED, fields={"starts_on": said})
    return found


def check_room(closures: int) -> None:
    """Raises InvalidInput."""
    if closures >= CLOSURES_A_YEAR:
        said = f"The year has {closures} closures already. Make one closure of days that follow each other."
        raise InvalidInput(NOT_SAVED, fields={"name": said})


def typed(dates: YearDates) -> dict[str, str]:
    """The year as its form would send it."""
    fields = {"name": dates.name, **_typed_span("", dates.span)}
    for number, term in enumerate(dates.terms, start=1):
        fields |= {f"term{number}_name": term.name, **_typed_span(f"term{number}_", term.span)}
        for half, span in enumerate(term.halves, start=1):
            fields |= _typed_span(f"half{number}{half}_", span)
    return fields


def typed_closure(closure: ClosureDates) -> dict[str, str]:
    """The closure as its form would send it."""
    return {"name": closure.name, **_typed_span("", closure.span)}


def _typed_span(prefix: str, span: Span) -> dict[str, str]:
    return {f"{prefix}starts_on": span.starts_on.isoformat(), f"{prefix}ends_on": span.ends_on.isoformat()}


def standing(figures: Mapping[str, int | None]) -> str:
    """The figures in one word, so that a form knows what it was filled from; nothing for a figure that is not set."""
    return ",".join("" if figures[name] is None else str(figures[name]) for name in FIGURES)


@functools.cache
def zones() -> dict[str, list[str]]:
    """The time zones to choose from, by the part of the world; each is named as the time zone database names it."""
    by_region: dict[str, list[str]] = {}
    for name in sorted(zoneinfo.available_timezones()):
        region, _, place = name.partition("/")
        if region in REGIONS and place:
            by_region.setdefault(region, []).append(name)
    return by_region


def read_zone(typed_zone: str) -> str:
    """Raises InvalidInput for what is no time zone to choose from."""
    region = typed_zone.partition("/")[0]
    if typed_zone not in zones().get(region, []):
        said = "That is not a time zone we know. Choose one from the list."
        raise InvalidInput("The time zone is not changed yet.", fields={"timezone": said})
    return typed_zone


def read_figures(sent: dict[str, str], *, may_be_empty: bool = False) -> dict[str, int | None]:
    """Entitlement and rhythm in a form's fields; None for an empty one, where the school's figure counts.

    Raises InvalidInput naming each field.
    """
    problems: dict[str, str] = {}
    figures: dict[str, int | None] = {}
    for name in FIGURES:
        typed_figure = sent.get(name, "").strip()
        if may_be_empty and not typed_figure:
            figures[name] = None
        elif re.fullmatch(r"[0-9]{1,2}", typed_figure) and int(typed_figure) <= MOST:
            figures[name] = int(typed_figure)
        else:
            problems[name] = f"Write a whole number from 0 to {MOST}."
    if problems:
        raise InvalidInput("These numbers are not saved yet. Look at what is marked.", fields=problems)
    return figures
