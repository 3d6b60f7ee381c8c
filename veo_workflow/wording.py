"""How times, dates and sizes are said on screen: pure functions, and the template filters made of them."""

from collections.abc import Callable
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from flask import Flask

ZONE = ZoneInfo("Europe/London")


def clock(ms: int | None) -> str:
    """A time on a clip as m:ss."""
    seconds = (ms or 0) // 1000
    return f"{seconds // 60}:{seconds % 60:02d}"


def clock_tenths(ms: int) -> str:
    """A time on a clip as m:ss.t."""
    return f"{clock(ms)}.{ms % 1000 // 100}"


def day(value: date | datetime | None, zone: tzinfo = ZONE) -> str:
    """`17 January`, with the year when it is another one."""
    if value is None:
        return ""
    when = value.astimezone(zone).date() if isinstance(value, datetime) else value
    said = f"{when.day} {when:%B}"
    return said if when.year == datetime.now(zone).year else f"{said} {when.year}"


def weekday(value: date | datetime, zone: tzinfo = ZONE) -> str:
    """`Thursday 19 November`."""
    when = value.astimezone(zone).date() if isinstance(value, datetime) else value
    return f"{when:%A} {day(when, zone)}"


def time_of_day(value: datetime, zone: tzinfo = ZONE) -> str:
    """`3:51 pm`."""
    local = value.astimezone(zone)
    return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"


def megabytes(size: int | None) -> str:
    """Bytes as people say them: `433 MB`, `1.2 GB`."""
    size = size or 0
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6))} MB"


def install_filters(app: Flask, zone: Callable[[], tzinfo]) -> None:
    """Make them known to templates, where a moment is said in the zone that is asked for when the page is made."""
    for said in (clock, clock_tenths, megabytes):
        app.jinja_env.filters[said.__name__] = said
    for timed in (day, weekday, time_of_day):
        app.jinja_env.filters[timed.__name__] = _in_zone(timed, zone)


def _in_zone(timed: Callable[..., str], zone: Callable[[], tzinfo]) -> Callable[..., str]:
    return lambda value, other=None: timed(value, other or zone())
