"""Pure decisions about the school year."""

import itertools
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from veo_workflow.errors import InvalidInput


@dataclass(frozen=True)
class TermDates:
    name: str
    starts_on: date
    ends_on: date


def usual_year(day: date) -> tuple[str, list[TermDates]]:
    """The academic year around `day` as most schools in England keep it, until the school sets its own dates."""
    begins = day.year if day.month >= 8 else day.year - 1
    after = begins + 1
    return f"{begins}/{after % 100:02d}", [
        TermDates("Autumn", date(begins, 9, 1), date(begins, 12, 18)),
        TermDates("Spring", date(after, 1, 4), date(after, 3, 26)),
        TermDates("Summer", date(after, 4, 12), date(after, 7, 21)),
    ]


def halves(term: TermDates) -> list[tuple[date, date]]:
    """The two half-terms of a term, parted by the week in its middle, until the school sets its own dates."""
    middle = term.starts_on + (term.ends_on - term.starts_on) // 2
    monday = middle - timedelta(days=middle.weekday())
    return [(term.starts_on, monday - timedelta(days=3)), (monday + timedelta(days=7), term.ends_on)]


def check_terms(terms: list[TermDates]) -> None:
    """Raises InvalidInput."""
    for term in terms:
        if term.ends_on < term.starts_on:
            raise InvalidInput(f"{term.name} term would end before it starts. Check its two dates.")
    ordered = sorted(terms, key=lambda term: term.starts_on)
    for earlier, later in itertools.pairwise(ordered):
        if later.starts_on <= earlier.ends_on:
            raise InvalidInput(f"{earlier.name} and {later.name} term overlap. Check their dates.")


def delete_by(day: date, term_ends: Iterable[date], keep_days: int) -> date:
    """When a clip made on `day` goes: the end of the term after the present one plus `keep_days` (SAFEGUARDING B3).

    `term_ends` are the last days of the school's terms; where too few are known, half a year stands in.
    """
    ahead = sorted(end for end in term_ends if end >= day)
    end = ahead[1] if len(ahead) > 1 else (ahead[0] if ahead else day) + timedelta(days=182)
    return end + timedelta(days=keep_days)


def local_day(moment: datetime, timezone: str) -> date:
    """The date it is in the school at `moment`."""
    return moment.astimezone(zoneinfo.ZoneInfo(timezone)).date()
