"""Pure decisions about the roster of coaches: how its form is read, and how experience and room are said."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from veo_workflow.errors import InvalidInput

MOST = 12  # pairs at once
USUAL = 3
FIRST_DAY, LAST_DAY = date(1980, 1, 1), date(2099, 12, 31)
CAPACITY = re.compile(r"[0-9]{1,2}")


@dataclass(frozen=True)
class CoachFacts:
    """What the roster keeps of somebody; `capacity` in pairs."""

    since: date
    trained_on: date | None
    capacity: int


def read_facts(sent: Mapping[str, str]) -> CoachFacts:
    """A coach in a form's fields; when they were trained may be empty. Raises InvalidInput naming each field."""
    problems: dict[str, str] = {}
    since, trained_on = read_day(sent.get("since", "")), read_day(sent.get("trained_on", ""))
    capacity = read_capacity(sent.get("capacity", ""))
    if since is None:
        problems["since"] = "Choose a day, for example 2026-09-01."
    if trained_on is None and sent.get("trained_on", "").strip():
        problems["trained_on"] = "Choose a day, for example 2026-09-01, or leave it empty."
    if capacity is None:
        problems["capacity"] = f"Write a whole number from 0 to {MOST}."
    if since is None or capacity is None or problems:
        raise InvalidInput("The roster is not changed yet. Look at what is marked.", fields=problems)
    return CoachFacts(since, trained_on, capacity)


def read_day(typed: str) -> date | None:
    """A day as forms and files write it; None for anything else."""
    try:
        when = date.fromisoformat(typed.strip())
    except ValueError:
        return None
    return when if FIRST_DAY <= when <= LAST_DAY else None


def read_capacity(typed: str) -> int | None:
    """Pairs at once; None for what is not a whole number from 0 to `MOST`."""
    typed = typed.strip()
    return int(typed) if CAPACITY.fullmatch(typed) and int(typed) <= MOST else None


def typed(facts: CoachFacts) -> dict[str, str]:
    """The facts as their form would send them."""
    trained_on = facts.trained_on.isoformat() if facts.trained_on else ""
    return {"since": facts.since.isoformat(), "trained_on": trained_on, "capacity": str(facts.capacity)}


def experience(facts: CoachFacts, today: date) -> str:
    """How long somebody has coached, and whether they were trained for it, in a few words."""
    years = today.year - facts.since.year - ((today.month, today.day) < (facts.since.month, facts.since.day))
    said = "new to coaching" if years < 1 else f"coaching for {years} year{'' if years == 1 else 's'}"
    return said if facts.trained_on and facts.trained_on <= today else f"{said}, not trained yet"


def room(pairs: int, capacity: int) -> str:
    """`room for 2`, `full`, or by how much somebody has more than they can take."""
    if pairs > capacity:
        return f"{pairs - capacity} over capacity"
    return f"room for {capacity - pairs}" if pairs < capacity else "full"


def over_capacity(name: str, pairs: int, capacity: int) -> str:
    """What to say to whoever has just given somebody another pair; nothing while there was room."""
    if pairs <= capacity:
        return ""
    return (
        f"{name} now has {pairs} pair{'' if pairs == 1 else 's'}, and the roster says {capacity}. Ask whether it fits."
    )


def check_may_stop(name: str, pairs: int) -> None:
    """Raises InvalidInput."""
    if pairs:
        them = "a pair" if pairs == 1 else f"{pairs} pairs"
        raise InvalidInput(f"{name} coaches {them} today. Find another coach or end the pairs first.")
