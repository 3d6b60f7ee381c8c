"""Pure decisions about a practice entry: how it is read from a form, and typed into one."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from veo_workflow.cycles.learning.models import PracticeEntry
from veo_workflow.errors import InvalidInput
from veo_workflow.schools.year.rules import FIRST_DAY

TEXT_LENGTH = 4000
CLASS_LENGTH = 40
TOO_LONG = f"Keep this to {TEXT_LENGTH:,} characters; a few lines are plenty."


@dataclass(frozen=True)
class Words:
    """What the coachee writes about one try."""

    practised_on: date
    class_name: str
    went: str
    tweak: str
    steps: frozenset[uuid.UUID]
    clip_id: uuid.UUID | None


class Sent(Protocol):
    """What a form carried, each name possibly several times."""

    def get(self, name: str, default: str, /) -> Any: ...

    def getlist(self, name: str, /) -> list[Any]: ...


def read_entry(sent: Sent, today: date) -> Words:
    """The entry in a form's named fields. Raises InvalidInput naming each field."""
    problems: dict[str, str] = {}
    texts = {name: "\n".join(sent.get(name, "").splitlines()).strip() for name in ("went", "tweak")}
    problems |= {name: TOO_LONG for name, text in texts.items() if len(text) > TEXT_LENGTH}
    if not texts["went"]:
        problems["went"] = "Write a line about how it went."
    class_name = " ".join(sent.get("class_name", "").split())
    if len(class_name) > CLASS_LENGTH:
        problems["class_name"] = f"Keep the class to {CLASS_LENGTH} characters."
    practised_on = _read_day(sent.get("practised_on", ""), today, problems)
    steps, clips = _ids(sent.getlist("steps")), _ids([sent.get("clip", "")])
    if problems:
        raise InvalidInput("This is not saved yet. Look at what is marked.", fields=problems)
    return Words(practised_on, class_name, **texts, steps=frozenset(steps), clip_id=clips[0] if clips else None)


def _read_day(typed: str, today: date, problems: dict[str, str]) -> date:
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        day = date.min
    if day < FIRST_DAY:
        problems["practised_on"] = "Choose the day of the lesson."
    elif day > today:
        problems["practised_on"] = "This day has not come yet. Choose the day of the lesson."
    return day


def _ids(sent: list[Any]) -> list[uuid.UUID]:
    """The ids in some fields; what is none names nothing."""
    found = []
    for value in sent:
        try:
            found.append(uuid.UUID(str(value)))
        except ValueError:
            continue
    return found


def read_after(sent: Sent) -> int:
    """Which version of an entry a form was filled from; 0 for a new one."""
    typed = sent.get("after", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def words_of(entry: PracticeEntry) -> Words:
    return Words(entry.practised_on, entry.class_name, entry.went, entry.tweak, entry.step_ids, entry.clip_id)
