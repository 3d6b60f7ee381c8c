"""What a log may say, read from its form. Pure: plain values in, plain values or one sentence out."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from veo_workflow.cycles.models import Stage
from veo_workflow.errors import InvalidInput, NotFound
from veo_workflow.schools.rules import SchoolDays, due_on
from veo_workflow.schools.year.rules import Span

MOST_CONVERSATIONS = 30
LONGEST_MINUTES = 600
LONGEST_TEXT = 4000
REMIND_AGAIN = timedelta(days=1)


@dataclass(frozen=True)
class Conversation:
    held_on: date
    minutes: int
    stage: Stage | None = None


@dataclass(frozen=True)
class LogWords:
    """What a coach writes: the log, which is for the lead, and apart from it the note for the pair."""

    conversations: tuple[Conversation, ...] = ()
    stage: Stage | None = None
    needs: str = ""
    themes: frozenset[uuid.UUID] = field(default_factory=frozenset)
    note: str = ""


def read_log(form: Mapping[str, Sequence[str]], *, themes: frozenset[uuid.UUID], first: date, last: date) -> LogWords:
    """The form's lists of values as a log of the half-term from `first` to `last`; an empty line is no conversation.

    `themes` are the school's.  Raises InvalidInput naming the line.
    """
    lines = zip(form.get("held_on", ()), form.get("minutes", ()), form.get("stage", ()), strict=False)
    filled = [(n, *line) for n, line in enumerate(lines, start=1) if line[0].strip() or line[1].strip()]
    if len(filled) > MOST_CONVERSATIONS:
        raise InvalidInput(f"A log holds {MOST_CONVERSATIONS} conversations. Put short ones together.")
    chosen = frozenset(theme for theme in map(_id, form.get("themes", ())) if theme in themes)
    return LogWords(
        conversations=tuple(sorted((_conversation(*line, first, last) for line in filled), key=lambda c: c.held_on)),
        stage=_stage("".join(form.get("reached", ())[:1])),
        needs=_text(form, "needs", "What would help"),
        themes=frozenset(theme for theme in chosen if theme),
        note=_text(form, "note", "The note for the pair"),
    )


def _conversation(n: int, held_on: str, minutes: str, stage: str, first: date, last: date) -> Conversation:
    try:
        day = date.fromisoformat(held_on.strip())
    except ValueError:
        raise _fault(n, "needs a day, for example 2026-09-14.") from None
    if not first <= day <= last:
        raise _fault(n, f"is not in this half-term, which goes from {first:%d.%m.%Y} to {last:%d.%m.%Y}.")
    if not re.fullmatch(r"[0-9]{1,3}", minutes.strip()) or not 1 <= int(minutes) <= LONGEST_MINUTES:
        raise _fault(n, f"needs its length in minutes, from 1 to {LONGEST_MINUTES}.")
    return Conversation(day, int(minutes), _stage(stage))


def _fault(n: int, what: str) -> InvalidInput:
    return InvalidInput(f"Conversation {n} {what}", fields={f"conversation-{n}": "Look at this line again."})


def _stage(said: str) -> Stage | None:
    return Stage(said) if said in set(Stage) else None


def _id(said: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(said)
    except ValueError:
        return None


def _text(form: Mapping[str, Sequence[str]], name: str, word: str) -> str:
    said = "".join(form.get(name, ())[:1]).strip()
    if len(said) > LONGEST_TEXT:
        raise InvalidInput(
            f"{word} is longer than {LONGEST_TEXT:,} characters. Shorten it.", fields={name: "Shorten this."}
        )
    return said


def due(half: Span, days: SchoolDays) -> date:
    """The last school day of the half-term; where none is known, its last day."""
    return due_on(half, days) or half.ends_on


def check_time(half: Span, *, paired_from: date, today: date) -> None:
    """A log is begun for a half-term in which the two are a pair, once it has begun. Raises NotFound."""
    if half.ends_on < paired_from:
        raise NotFound("That half-term was over before the two of you became a pair, so there is no log for it.")
    if half.starts_on > today:
        raise NotFound(f"That half-term begins on {half.starts_on:%d.%m.%Y}. Its log can be written from then on.")


def may_ask(asked_at: datetime | None, at: datetime) -> bool:
    """A coach is asked for a log once a day at most."""
    return asked_at is None or at - asked_at >= REMIND_AGAIN


def check_whole(words: LogWords) -> None:
    """A log can be handed in once the lead learns something from it. Raises InvalidInput."""
    if not words.conversations and not words.needs:
        raise InvalidInput(
            "Write down the conversations you have had, or under “What would help” why there was none.",
            fields={"needs": "Why was there none?"},
        )


def check_theme(name: str) -> str:
    """Raises InvalidInput."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 40:
        raise InvalidInput("Give the theme a name of at most 40 characters.", fields={"name": "Write a short name."})
    return name
