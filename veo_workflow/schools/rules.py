"""Pure decisions about the school year."""

import zoneinfo
from collections.abc import Iterable
from datetime import date, datetime, timedelta


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
