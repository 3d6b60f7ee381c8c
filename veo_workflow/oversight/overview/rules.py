"""What the lead's overview shows, decided over plain values."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from veo_workflow.cycles.models import Stage
from veo_workflow.schools.rules import term_around

# A figure about footage, or about what one pair works on, is shown from this many people on (DOMAIN, Oversight).
FEWEST = 5


@dataclass(frozen=True)
class Row:
    """One line of the chart of cycles by stage."""

    word: str
    count: int


def by_stage(counts: Mapping[tuple[Stage | None, bool], int]) -> list[Row]:
    """Lines of the lead's chart from {(stage or None where nothing was begun, closed): how many}."""

    def total(stage: Stage | None, *, closed: bool) -> int:
        return counts.get((stage, closed), 0)

    return [
        Row("Not begun", total(None, closed=False)),
        *(Row(stage.value.title(), total(stage, closed=False)) for stage in Stage),
        Row("Finished", sum(count for (_, closed), count in counts.items() if closed)),
    ]


@dataclass(frozen=True)
class TermFacts:
    id: uuid.UUID
    name: str
    starts_on: date
    ends_on: date
    year_id: uuid.UUID
    year: str


def chosen(terms: Sequence[TermFacts], wanted: uuid.UUID | None, today: date) -> TermFacts | None:
    """The term that is asked for, or else today's."""
    return next((term for term in terms if term.id == wanted), None) or term_around(terms, today)


def week_of(term: TermFacts, today: date) -> tuple[int, int] | None:
    """(which week it is, of how many), counted in calendar weeks; None outside the term."""
    if not term.starts_on <= today <= term.ends_on:
        return None
    first = term.starts_on.toordinal() - term.starts_on.weekday()
    return (today.toordinal() - first) // 7 + 1, (term.ends_on.toordinal() - first) // 7 + 1


@dataclass(frozen=True)
class Cell:
    """Where somebody's newest cycle of a term is."""

    stage: Stage
    closed: bool


@dataclass(frozen=True)
class BoardLine:
    """One colleague: with whom, a cell for each term of the year, how many cycles of how many, what is next."""

    name: str
    coaches: tuple[str, ...]
    cells: tuple[Cell | None, ...]
    had: int
    entitlement: int
    next_at: datetime | None
    next_is_review: bool


@dataclass(frozen=True)
class Person:
    """A colleague with an entitlement, as the board needs them."""

    id: uuid.UUID
    name: str
    entitlement: int


@dataclass(frozen=True)
class CycleFacts:
    coachee_id: uuid.UUID
    term_id: uuid.UUID
    stage: Stage
    closed: bool


@dataclass(frozen=True)
class Meeting:
    """The next coaching session of a coachee."""

    at: datetime
    is_review: bool


def board_line(
    person: Person,
    terms: Iterable[TermFacts],
    coaches: Iterable[str],
    cycles: Sequence[CycleFacts],
    meeting: Meeting | None,
) -> BoardLine:
    """`cycles` are the person's of the year, oldest first."""
    newest = {cycle.term_id: Cell(cycle.stage, cycle.closed) for cycle in cycles}
    return BoardLine(
        person.name,
        tuple(coaches),
        tuple(newest.get(term.id) for term in terms),
        len(cycles),
        person.entitlement,
        meeting.at if meeting else None,
        meeting.is_review if meeting else False,
    )


@dataclass(frozen=True)
class ThemeLine:
    """In how many pairs' logs a theme was named, in each half of the term."""

    name: str
    first: int
    second: int


def theme_lines(counts: Iterable[tuple[str, int, int]]) -> list[ThemeLine]:
    """From (theme, number of the half-term, pairs); the most named first."""
    found: dict[str, dict[int, int]] = {}
    for name, half, pairs in counts:
        found.setdefault(name, {})[half] = pairs
    lines = [ThemeLine(name, halves.get(1, 0), halves.get(2, 0)) for name, halves in found.items()]
    return sorted(lines, key=lambda line: (-max(line.first, line.second), line.name))


@dataclass(frozen=True)
class StrategyLine:
    """In how many people's cycles a strategy is in use, term by term; None where that were fewer than `FEWEST`."""

    title: str
    people: tuple[int | None, ...]


def strategy_lines(
    counts: Iterable[tuple[uuid.UUID, uuid.UUID, str, int]], terms: Sequence[TermFacts]
) -> list[StrategyLine]:
    """From (strategy, term, title, people), where small counts are left out already; the latest term leads."""
    found: dict[uuid.UUID, dict[uuid.UUID, int]] = {}
    titles: dict[uuid.UUID, str] = {}
    for strategy, term, title, people in counts:
        found.setdefault(strategy, {})[term] = people
        titles[strategy] = title
    lines = [
        StrategyLine(titles[strategy], tuple(by_term.get(term.id) for term in terms))
        for strategy, by_term in found.items()
    ]
    return sorted(lines, key=lambda line: ([-(n or 0) for n in reversed(line.people)], line.title))


@dataclass(frozen=True)
class StepLine:
    strategy: str
    step: str
    people: int
