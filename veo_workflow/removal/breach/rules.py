"""Pure decisions about a breach pack: which time it is about."""

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from veo_workflow.errors import InvalidInput


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
