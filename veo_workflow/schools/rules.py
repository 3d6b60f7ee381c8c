"""Pure decisions about the school year."""

import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol, TypeVar

from veo_workflow.schools.year.rules import ClosureDates, Span

SATURDAY = 5
DAY = timedelta(days=1)


@dataclass(frozen=True)
class SchoolDays:
    """When the school is open, over some stretch of time: its half-terms in order, and its closures."""

    half_terms: tuple[Span, ...]
    closures: tuple[ClosureDates, ...]

    def __contains__(self, when: date) -> bool:
        return not self.why_closed(when)

    def why_closed(self, when: date) -> str:
        """What keeps the school closed on a day, in the words people use; nothing when it is open."""
        if when.weekday() >= SATURDAY:
            return "a weekend"
        if not any(when in half for half in self.half_terms):
            return "in the holidays"
        return next((closure.name for closure in self.closures if when in closure.span), "")

    def half_term_around(self, when: date) -> Span | None:
        """The half-term of a day; in the holidays the one that comes next."""
        return next((half for half in self.half_terms if half.ends_on >= when), None)


def next_school_day(when: date, days: SchoolDays) -> date | None:
    """The first school day from `when` on, that day included; None where no half-term is known that has one."""
    for half in days.half_terms:
        for offset in range((half.ends_on - max(when, half.starts_on)).days + 1):
            found = max(when, half.starts_on) + offset * DAY
            if found in days:
                return found
    return None


def due_on(half: Span, days: SchoolDays) -> date | None:
    """When what happens once in a half-term is due: its last school day.

    Where the whole half-term is closed it is due on the first school day after it; None where none is known.
    """
    for offset in range((half.ends_on - half.starts_on).days + 1):
        if half.ends_on - offset * DAY in days:
            return half.ends_on - offset * DAY
    return next_school_day(half.ends_on + DAY, days)


def delete_by(day: date, term_ends: Iterable[date], keep_days: int) -> date:
    """When a clip made on `day` goes: the end of the term after the present one plus `keep_days` (SAFEGUARDING B3).

    `term_ends` are the last days of the school's terms; where too few are known, half a year stands in.
    """
    ahead = sorted(end for end in term_ends if end >= day)
    end = ahead[1] if len(ahead) > 1 else (ahead[0] if ahead else day) + timedelta(days=182)
    return end + timedelta(days=keep_days)


class Dated(Protocol):
    """Anything with a first and a last day."""

    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...


AnyTerm = TypeVar("AnyTerm", bound=Dated)


def term_around(terms: Iterable[AnyTerm], day: date) -> AnyTerm | None:
    """The term of a day; in the holidays the one that comes next, or else the last one; None where there is none."""
    in_order = sorted(terms, key=lambda term: term.starts_on)
    return next((term for term in in_order if term.ends_on >= day), in_order[-1] if in_order else None)


def moments_of(days: Span, timezone: tzinfo) -> tuple[datetime, datetime]:
    """When the first of these days begins and the last one is over, where the school is; in UTC."""
    first, after = (
        datetime.combine(day, time.min, tzinfo=timezone).astimezone(UTC) for day in (days.starts_on, days.ends_on + DAY)
    )
    return first, after


def local_day(moment: datetime, timezone: str) -> date:
    """The date it is in the school at `moment`."""
    return moment.astimezone(zoneinfo.ZoneInfo(timezone)).date()
