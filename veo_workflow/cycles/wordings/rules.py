"""What differs between two wordings of a goal, word by word. Pure."""

import difflib
import re
from dataclasses import dataclass, fields
from datetime import date
from typing import Literal

from veo_workflow.cycles.rules import GoalWords, say_measure

Part = tuple[Literal["same", "gone", "new"], str]

NAMES = {
    "statement": "The goal",
    "measure": "The measure",
    "unit": "In",
    "baseline": "Now",
    "target": "Goal",
    "by_date": "By",
    "evidence_plan": "How we will know",
    "powerful": "Powerful",
    "easy": "Easy",
    "emotionally_compelling": "Emotionally compelling",
    "reachable": "Reachable",
    "student_focused": "Student-focused",
}


@dataclass(frozen=True)
class Compared:
    """One part of the goal in both wordings; what is gone stands in `old` only, what is new in `new` only."""

    name: str
    old: tuple[Part, ...]
    new: tuple[Part, ...]

    @property
    def differs(self) -> bool:
        return any(kind != "same" for kind, _ in (*self.old, *self.new))


def compare(old: GoalWords, new: GoalWords) -> list[Compared]:
    """Every part of the goal that at least one of the wordings has, in the order of the goal's form."""
    found = []
    for name, words in NAMES.items():
        before, after = _said(old, name), _said(new, name)
        if before or after:
            found.append(Compared(words, *_beside(before, after)))
    return found


def _said(goal: GoalWords, name: str) -> str:
    value = getattr(goal, name)
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value.day} {value:%B} {value.year}"
    return say_measure(value, goal.unit) if isinstance(value, int | float) else str(value)


def _beside(old: str, new: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Both texts in parts, cut at words; blanks belong to the word before them."""
    before, after = re.findall(r"\S+\s*", old), re.findall(r"\S+\s*", new)
    left: list[Part] = []
    right: list[Part] = []
    plain = [word.strip() for word in before], [word.strip() for word in after]
    for change, i, j, k, m in difflib.SequenceMatcher(None, *plain, autojunk=False).get_opcodes():
        same = change == "equal"
        if i < j:
            left.append(("same" if same else "gone", "".join(before[i:j])))
        if k < m:
            right.append(("same" if same else "new", "".join(after[k:m])))
    return tuple(left), tuple(right)


assert set(NAMES) == {field.name for field in fields(GoalWords)}  # noqa: S101 - no part of a goal is left out
