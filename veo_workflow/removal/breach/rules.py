"""Pure decisions about a breach pack: which time it is about, and when a clip was open to its coach."""

import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from veo_workflow.errors import InvalidInput

Span = tuple[datetime, datetime | None]  # from, and until; None: still


@dataclass(frozen=True)
class Period:
    """Whole days at the school, both included; None where it is open on that side."""

    first: date | None = None
    last: date | None = None
    timezone: str = "UTC"

    @property
    def since(self) -> datetime | None:
        return self._midnight(self.first) if self.first else None

    @property
    def before(self) -> datetime | None:
        return self.end_of(self.last) if self.last else None

    def touches(self, begins: datetime, ends: datetime | None) -> bool:
        """Whether something that lasted from `begins` until `ends` has any part in it."""
        ended_earlier = self.since is not None and ends is not None and ends < self.since
        began_later = self.before is not None and begins >= self.before
        return not ended_earlier and not began_later

    def end_of(self, day: date) -> datetime:
        """The moment at which a day at the school is over."""
        return self._midnight(day + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, zoneinfo.ZoneInfo(self.timezone))


EVER = Period()


def read_period(sent: Mapping[str, str], timezone: str) -> Period:
    """The days an address asks for. Raises InvalidInput."""
    period = Period(_day(sent, "from"), _day(sent, "until"), timezone)
    if period.first and period.last and period.last < period.first:
        raise InvalidInput("The last day is before the first.", fields={"until": "Choose a day after the first."})
    return period


def _day(sent: Mapping[str, str], name: str) -> date | None:
    typed = sent.get(name, "").strip()
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        day = date.min
    if not date(2000, 1, 1) <= day <= date(2100, 1, 1):
        raise InvalidInput("That is not a day. Check it and ask again.", fields={name: "Write it as 2026-11-30."})
    return day


def open_to_coach(
    changes: Iterable[tuple[datetime, bool]], present: datetime | None, *ends: datetime | None
) -> list[Span]:
    """When a clip was open to the coach of its pair.

    `changes` are in their order, each shared (True) or taken back; `present` is since when it is shared now, if it is.
    With the first of `ends` (the pair's, the clip's) it is over in any case.
    """
    spans: list[Span] = []
    began: datetime | None = None
    for at, is_shared in changes:
        if is_shared:
            began = began or at
        elif began is not None:
            spans.append((began, at))
            began = None
    began = began or present
    if began is not None:
        spans.append((began, None))
    end = min((each for each in ends if each is not None), default=None)
    return [(since, _earlier(until, end)) for since, until in spans if end is None or since < end]


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)
