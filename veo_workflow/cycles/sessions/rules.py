"""Pure decisions about a pair's meetings: how a plan is read and typed, and what may still be done with it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from veo_workflow.cycles.models import CoachingSession, Stage
from veo_workflow.errors import InvalidInput
from veo_workflow.schools.year.rules import FIRST_DAY, LAST_DAY
from veo_workflow.wording import time_of_day, weekday

SHORTEST, LONGEST = 5, 240  # minutes
PLACE_LENGTH = 80
TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Plan:
    """When, how long and where a pair meets; `starts_at` is in UTC."""

    starts_at: datetime
    minutes: int
    place: str
    stage: Stage
    is_review: bool

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


def read_plan(sent: dict[str, str], zone: ZoneInfo) -> Plan:
    """The plan in a form's fields, its day and time those of the school. Raises InvalidInput naming each field."""
    problems: dict[str, str] = {}
    starts_at = _read_start(sent, zone, problems)
    minutes = _read_minutes(sent, problems)
    place = " ".join(sent.get("place", "").split())
    if len(place) > PLACE_LENGTH:
        problems["place"] = f"Keep the place short: at most {PLACE_LENGTH} characters."
    if sent.get("stage") not in set(Stage):
        problems["stage"] = "Choose the stage this session serves."
    if problems:
        raise InvalidInput("The session is not saved yet. Look at what is marked.", fields=problems)
    return Plan(starts_at, minutes, place, Stage(sent["stage"]), is_review="is_review" in sent)


def _read_start(sent: dict[str, str], zone: ZoneInfo, problems: dict[str, str]) -> datetime:
    try:
        day = date.fromisoformat(sent.get("day", "").strip())
    except ValueError:
        day = date.min
    if not FIRST_DAY <= day <= LAST_DAY:
        problems["day"] = "Choose a day, for example 2026-11-26."
    read = TIME.fullmatch(sent.get("time", "").strip())
    if read is None:
        problems["time"] = "Choose a time, for example 15:30."
    if problems or read is None:
        return datetime.min.replace(tzinfo=UTC)
    local = datetime.combine(day, time(int(read[1]), int(read[2])), tzinfo=zone)
    starts_at = local.astimezone(UTC)
    if starts_at.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        problems["time"] = "The clocks go forward over this time. Choose one an hour later."
    return starts_at


def read_minutes(sent: dict[str, str]) -> int:
    """How long a pair met. Raises InvalidInput."""
    problems: dict[str, str] = {}
    minutes = _read_minutes(sent, problems)
    if problems:
        raise InvalidInput("The session is not recorded yet. Look at what is marked.", fields=problems)
    return minutes


def _read_minutes(sent: dict[str, str], problems: dict[str, str]) -> int:
    typed_minutes = sent.get("minutes", "").strip()
    if re.fullmatch(r"[0-9]{1,3}", typed_minutes) and SHORTEST <= int(typed_minutes) <= LONGEST:
        return int(typed_minutes)
    problems["minutes"] = f"Write whole minutes, from {SHORTEST} to {LONGEST}."
    return 0


def read_version(sent: dict[str, str]) -> int:
    """Which version of a meeting a form was filled from; one that nothing has where it does not say."""
    version = sent.get("version", "")
    return int(version) if re.fullmatch(r"[0-9]{1,9}", version) else -1


def typed(meeting: CoachingSession, zone: ZoneInfo) -> dict[str, str]:
    """The meeting as its form would send it."""
    local = meeting.starts_at.astimezone(zone)
    fields = {
        "day": local.date().isoformat(),
        "time": f"{local:%H:%M}",
        "minutes": str(meeting.minutes),
        "place": meeting.place,
        "stage": meeting.stage.value if meeting.stage else "",
        "version": str(meeting.version),
    }
    return fields | ({"is_review": "1"} if meeting.is_review else {})


def check_free(plan: Plan, others: Iterable[CoachingSession], zone: ZoneInfo) -> None:
    """A pair is in one place at a time. Raises InvalidInput."""
    for other in others:
        if other.starts_at < plan.ends_at and plan.starts_at < other.starts_at + timedelta(minutes=other.minutes):
            when = f"{weekday(other.starts_at, zone)} at {time_of_day(other.starts_at, zone)}"
            raise InvalidInput(
                "The session is not saved yet. Look at what is marked.",
                fields={"time": f"You two already meet on {when}, for {other.minutes} minutes. Choose another time."},
            )


def check_planned(meeting: CoachingSession) -> None:
    """Only what is still ahead is moved or cancelled. Raises InvalidInput."""
    if meeting.cancelled_at is not None:
        raise InvalidInput("This session was cancelled. Plan a new one on the page of all sessions.")
    if meeting.held_at is not None:
        raise InvalidInput("This session is recorded as held, so it stays where it was.")


def check_held(meeting: CoachingSession, today: date, zone: ZoneInfo) -> None:
    """Raises InvalidInput for a meeting that was cancelled, or whose day has not come."""
    if meeting.cancelled_at is not None:
        raise InvalidInput("This session was cancelled. Plan a new one on the page of all sessions.")
    if meeting.starts_at.astimezone(zone).date() > today:
        raise InvalidInput("This session’s day has not come yet. If you met earlier, move it first.")
