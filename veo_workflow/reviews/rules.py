"""Pure decisions of the Improve review: what an outcome means, when a cycle closes, how two people's words meet.

Both of the pair write at once, so a record is compared part by part.  Each part a page was opened with has a *mark*,
a digest of its text; it comes back with what was typed, and tells who changed what without keeping old texts.
"""

import enum
import hashlib
import json
import re
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import takewhile
from typing import Any, Protocol

from veo_workflow.access.policy import State
from veo_workflow.clips.models import Purpose
from veo_workflow.cycles.models import Outcome, Stage
from veo_workflow.errors import InvalidInput

TEXT_LENGTH = 8000
WHAT_LENGTH = 300
ACTIONS_AT_ONCE = 20

TOO_LONG = f"This is longer than {TEXT_LENGTH:,} characters. Shorten it, and it will be saved."

PARTS = {"celebrate": "Celebrate", "improve": "Improve", "actions": "Next actions", "outcome": "What happens next"}
OUTCOMES = {Outcome.CONTINUE: "Continue", Outcome.REFINE: "Refine", Outcome.NEW_CYCLE: "New cycle"}
WHEN = {Purpose.BASELINE: "then", Purpose.PROGRESS: "now", Purpose.PRACTICE: "practice", Purpose.EXEMPLAR: "exemplar"}


class Keep(enum.StrEnum):
    """What to do with a part that both have changed."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


@dataclass(frozen=True)
class Action:
    what: str
    owner_id: uuid.UUID
    due_on: date | None = None


@dataclass(frozen=True)
class Record:
    """What the pair writes down: the four parts of "What we agree"."""

    celebrate: str = ""
    improve: str = ""
    actions: tuple[Action, ...] = ()
    outcome: Outcome | None = None


@dataclass(frozen=True)
class ReviewForm:
    """A review as it was sent: the words, the version and marks its page was opened with, and choices in a conflict.

    `over` holds the marks of the other person's parts as they were shown in the conflict: a choice counts against
    those only.  `problems` names the parts that cannot be kept as they are; their words are here all the same, so
    that the page can show them again.
    """

    record: Record
    version: int = 0
    marks: Mapping[str, str] = field(default_factory=dict)
    keep: Mapping[str, Keep] = field(default_factory=dict)
    over: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Raises InvalidInput naming each part and what to do about it."""
        if self.problems:
            raise InvalidInput("This is not saved yet. Please look at what is marked.", fields=dict(self.problems))


class Sent(Protocol):
    """What a form carried, each name possibly several times."""

    def get(self, name: str, /) -> Any: ...

    def getlist(self, name: str, /) -> list[Any]: ...


def read_form(sent: Sent, pair: tuple[uuid.UUID, uuid.UUID]) -> ReviewForm:
    """The named fields of a sent review; anything else that was sent is left aside."""
    texts = {name: "\n".join(str(sent.get(name) or "").splitlines()).strip() for name in ("celebrate", "improve")}
    problems = {name: TOO_LONG for name, text in texts.items() if len(text) > TEXT_LENGTH}
    actions = _read_actions(sent, pair, problems)
    chosen = sent.get("outcome")
    version = str(sent.get("version") or "0")
    return ReviewForm(
        record=Record(**texts, actions=actions, outcome=Outcome(chosen) if chosen in set(Outcome) else None),
        version=int(version) if re.fullmatch(r"[0-9]{1,9}", version) else 0,
        marks=_read_words(sent, "mark"),
        keep={part: Keep(word) for part, word in _read_words(sent, "keep").items() if word in set(Keep)},
        over=_read_words(sent, "over"),
        problems=problems,
    )


def _read_words(sent: Sent, prefix: str) -> dict[str, str]:
    return {part: str(word) for part in PARTS if (word := sent.get(f"{prefix}_{part}")) is not None}


def _read_actions(sent: Sent, pair: tuple[uuid.UUID, uuid.UUID], problems: dict[str, str]) -> tuple[Action, ...]:
    """One action a line; a line whose words were cleared is left out."""
    lines = zip(sent.getlist("action_what"), sent.getlist("action_owner"), sent.getlist("action_due"), strict=False)
    owners = {str(owner): owner for owner in pair}
    actions = []
    for typed, owner, due in lines:
        what, due_on = " ".join(str(typed).split()), None
        if not what:
            continue
        try:
            due_on = date.fromisoformat(due) if due else None
        except ValueError:
            problems["actions"] = f"Choose a date for “{what[:40]}”, or leave it empty."
        if owner not in owners:
            problems["actions"] = f"Choose which of you two takes on “{what[:40]}”."
        if len(what) > WHAT_LENGTH:
            problems["actions"] = f"Keep an action to {WHAT_LENGTH} characters; “{what[:40]}…” is longer."
        actions.append(Action(what, owners.get(owner, pair[0]), due_on))
    if len(actions) > ACTIONS_AT_ONCE:
        problems["actions"] = f"At most {ACTIONS_AT_ONCE} actions: choose the ones that matter most."
    return tuple(actions)


def mark(part: object) -> str:
    """A short digest of one part of a record, equal only for equal words."""
    plain = [[a.what, str(a.owner_id), str(a.due_on or "")] for a in part] if isinstance(part, tuple) else part
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16]


def marks(record: Record) -> dict[str, str]:
    return {part: mark(getattr(record, part)) for part in PARTS}


def differing(one: Record, other: Record) -> list[str]:
    return [part for part in PARTS if getattr(one, part) != getattr(other, part)]


def merge(stands: Record, form: ReviewForm, *, version: int) -> tuple[Record, list[str]]:
    """What the record becomes, and the parts that both have changed since the form's page was opened.

    A part only one of them changed is simply taken over.  Where both changed it, nothing is decided for them.
    """
    if form.version == version and not form.keep:
        return form.record, []
    merged, conflicts = stands, []
    for part in PARTS:
        kept = form.keep.get(part)
        opened_with = form.over.get(part) if kept else form.marks.get(part)
        becomes, both = meet(getattr(form.record, part), getattr(stands, part), opened_with=opened_with, kept=kept)
        if both:
            conflicts.append(part)
        else:
            merged = replace(merged, **{part: becomes})
    return merged, conflicts


def meet(mine: Any, theirs: Any, *, opened_with: str | None, kept: Keep | None = None) -> tuple[Any, bool]:
    """What one part becomes, and whether both have changed it, in which case it stays as it stands.

    `opened_with` is the mark of the text that `mine` was written on top of or, where one was `kept`, chosen against.
    """
    if mine == theirs or (not kept and mark(mine) == opened_with):
        return theirs, False
    if mark(theirs) == opened_with:
        return settle(kept or Keep.MINE, mine, theirs), False
    return theirs, True


def settle(choice: Keep, mine: Any, theirs: Any) -> Any:
    """One part out of two: texts follow one after the other, actions stand in one list, each once."""
    if choice is Keep.THEIRS or mine == theirs:
        return theirs
    if choice is Keep.MINE:
        return mine
    if isinstance(mine, tuple):
        return theirs + tuple(action for action in mine if action not in theirs)
    return "\n\n".join(text for text in (theirs, mine) if text) if isinstance(mine, str) else mine


def difference(mine: str, theirs: str) -> tuple[str, str, str, str]:
    """Two texts as (what both begin with, mine in the middle, theirs in the middle, what both end with), by words."""
    ours, others = re.findall(r"\S*\s*", mine), re.findall(r"\S*\s*", theirs)
    begins = _alike(ours, others)
    ends = _alike(ours[begins:][::-1], others[begins:][::-1])
    middle = [words[begins : len(words) - ends] for words in (ours, others)]
    return "".join(ours[:begins]), "".join(middle[0]), "".join(middle[1]), "".join(ours[len(ours) - ends :])


def _alike(one: list[str], other: list[str]) -> int:
    """How many words two lists begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def same_lines(before: Sequence[str], after: Sequence[str]) -> list[int | None]:
    """For each line, which of the earlier ones it is: the one with its words or, reworded, the one in its place.

    >>> same_lines(["Two queues", "Board"], ["Two queues for the pegs", "Board", "Coats"])
    [0, 1, None]
    """
    left = list(range(len(before)))
    found: list[int | None] = [None] * len(after)
    for place, words in enumerate(after):
        line = next((line for line in left if before[line] == words), None)
        if line is not None:
            found[place] = line
            left.remove(line)
    for place in [place for place in left if place < len(after) and found[place] is None]:
        found[place] = place
    return found


def meaning(outcome: Outcome, now_stands_at: str | None) -> str:
    """What choosing this outcome will do; `now_stands_at` is the measure's latest figure as it is said."""
    if outcome is Outcome.CONTINUE:
        start = f"{now_stands_at} becomes the new starting point." if now_stands_at else "The next cycle carries it on."
        return f"Same goal. {start}"
    if outcome is Outcome.REFINE:
        return "Reword the goal; the old wording stays readable."
    return "Close this one and choose another focus."


def asks_again(before: Outcome | None, after: Outcome | None) -> bool:
    """Whoever agreed, agreed to that outcome and no other."""
    return before is not after


def missing_to_agree(stage: Stage, outcome: Outcome | None) -> str | None:
    """One sentence about what has to happen before anybody can agree, or None."""
    if stage is not Stage.IMPROVE:
        return (
            f"This cycle is still in {stage.value.title()}. "
            "Move it to Improve on the cycle page when you are ready to agree on what happens next."
        )
    if outcome is None:
        return "Choose what happens next; then each of you can agree."
    return None


def closes(agreed: Collection[uuid.UUID], pair: Collection[uuid.UUID]) -> bool:
    """A cycle closes when both of the pair have agreed, and not before."""
    return set(pair) <= set(agreed)


def why_unchangeable(state: State) -> str:
    """Said to somebody who may read a review and no longer write in it."""
    if state is State.ENDED:
        return "This pair has ended. You can still read the review, but nobody writes in it any more."
    return "Both of you have agreed, so this review is closed. You can read it at any time, and say what is done."


def agenda(record: Record, *, direction: bool) -> list[tuple[str, str, bool]]:
    """The review in order: anchor, name, and whether it has been done. `direction`: there is a goal, and a "now"."""
    written = bool(record.celebrate or record.improve or record.actions)
    return [
        ("goal-panel", "Confirm direction", direction),
        ("pictures", "Look at progress", written),
        ("celebrate", "Celebrate", bool(record.celebrate)),
        ("improve", "Improve", bool(record.improve)),
        ("next-actions", "Next actions", bool(record.actions)),
    ]
