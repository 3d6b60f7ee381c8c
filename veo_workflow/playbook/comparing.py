"""What is different between two wordings of a strategy, word by word. Pure, on plain values."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeVar

from veo_workflow.playbook.models import PressKind
from veo_workflow.playbook.rules import COLOURS, ResourceWords, StepWords, StrategyWords, say_seconds

# Beyond so many pairs of words a text is shown as replaced: nobody reads such a comparison, and it takes long to make.
PAIRS_OF_WORDS = 40_000
HEAD = {
    "title": "Title",
    "purpose": "Purpose",
    "when_to_use": "When to use it",
    "source": "Source",
    "licence": "Licence",
}
TEXTS = 4  # of a step's or a link's fields the first are what people read
STEP_SAME = ("title", "name", "detail", "prompt")
PRESSES = {PressKind.MOMENT: "A moment", PressKind.START_END: "From press to press"}


@dataclass(frozen=True)
class Piece:
    """Some words; `changed` ones stand on this side only."""

    text: str
    changed: bool


@dataclass(frozen=True)
class TextChange:
    label: str
    old: list[Piece]
    new: list[Piece]


@dataclass(frozen=True)
class PartChange:
    """A step or a link: its number in each wording (None where it is not in it), and what is different in its text."""

    old_number: int | None
    new_number: int | None
    name: str
    texts: list[TextChange]

    @property
    def moved(self) -> bool:
        return None not in (self.old_number, self.new_number) and self.old_number != self.new_number

    @property
    def is_same(self) -> bool:
        return not self.texts and not self.moved


@dataclass(frozen=True)
class Comparison:
    head: list[TextChange]
    steps: list[PartChange]
    links: list[PartChange]

    @property
    def in_short(self) -> str:
        """`Purpose reworded, step 2 reworded, step 6 added`."""
        said = [f"{text.label} reworded" for text in self.head]
        for word, parts in (("Step", self.steps), ("Link", self.links)):
            said += [short for part in parts if (short := _in_short(word, part))]
        sentence = ", ".join(said)
        return sentence[:1].upper() + sentence[1:].lower() if sentence else "Nothing is different"


def _in_short(word: str, part: PartChange) -> str:
    if part.old_number is None:
        return f"{word} {part.new_number} added"
    if part.new_number is None:
        return f"{word} {part.old_number} removed"
    if part.moved:
        reworded = " and reworded" if part.texts else ""
        return f"{word} {part.old_number} now {word} {part.new_number}{reworded}"
    return f"{word} {part.new_number} reworded" if part.texts else ""


def compare(old: StrategyWords, new: StrategyWords) -> Comparison:
    return Comparison(
        head=_texts((label, getattr(old, name), getattr(new, name)) for name, label in HEAD.items()),
        steps=_parts(old.steps, new.steps, STEP_SAME, _step_texts),
        links=_parts(old.resources, new.resources, ("address", "title"), _resource_texts),
    )


def _step_texts(step: StepWords | None) -> dict[str, str]:
    if step is None:
        return {}
    return {
        "Name": step.name,
        "What one does": step.title,
        "Detail": step.detail,
        "What to ask": step.prompt,
        "Colour": COLOURS[step.colour - 1].title() if step.colour else "As its number",
        "Pressing marks": PRESSES[step.press],
        "Seconds before": say_seconds(step.lead_ms),
        "Seconds after": say_seconds(step.lag_ms),
    }


def _resource_texts(link: ResourceWords | None) -> dict[str, str]:
    return {} if link is None else {"Title": link.title, "Address": link.address, "Note": link.note}


Part = TypeVar("Part", StepWords, ResourceWords)


def same_steps(old: Sequence[StepWords], new: Sequence[StepWords]) -> dict[int, int]:
    """Which of the old steps each of the new ones was, by their places from 0; a new one that was none is left out."""
    return _pairs(old, new, STEP_SAME)


def _parts(
    old: Sequence[Part],
    new: Sequence[Part],
    same: Sequence[str],
    texts: Callable[[Part | None], dict[str, str]],
) -> list[PartChange]:
    """In the order of the new wording; what is gone stands at the end."""
    before = _pairs(old, new, same)
    changes = []
    for number, part in enumerate(new):
        was = before.get(number)
        changes.append(_part(None if was is None else (was, old[was]), (number, part), texts))
    gone = [number for number in range(len(old)) if number not in before.values()]
    return changes + [_part((number, old[number]), None, texts) for number in gone]


def _part(
    old: tuple[int, Part] | None, new: tuple[int, Part] | None, texts: Callable[[Part | None], dict[str, str]]
) -> PartChange:
    before, after = texts(old[1] if old else None), texts(new[1] if new else None)
    labels = list(after or before)
    if old is None or new is None:  # how it is marked matters once it stands beside something
        labels = labels[:TEXTS]
    named = new or old
    return PartChange(
        old_number=old[0] + 1 if old else None,
        new_number=new[0] + 1 if new else None,
        name=named[1].title if named else "",
        texts=_texts((label, before.get(label, ""), after.get(label, "")) for label in labels),
    )


def _pairs(old: Sequence[Part], new: Sequence[Part], same: Sequence[str]) -> dict[int, int]:
    """Which of the old parts each of the new ones was: what reads the same, else what stands in the same place."""
    found: dict[int, int] = {}
    for name in same:
        for number, part in enumerate(new):
            words = getattr(part, name)
            if number in found or not words:
                continue
            alike = (at for at, was in enumerate(old) if at not in found.values() and getattr(was, name) == words)
            if (at := next(alike, None)) is not None:
                found[number] = at
    for number in range(min(len(old), len(new))):
        if number not in found and number not in found.values():
            found[number] = number
    return found


def _texts(pairs: Iterable[tuple[str, str, str]]) -> list[TextChange]:
    return [TextChange(label, *_words(old, new)) for label, old, new in pairs if old != new]


def _words(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    before, after = re.findall(r"\S+\s*", old), re.findall(r"\S+\s*", new)
    if len(before) * len(after) > PAIRS_OF_WORDS:
        return [Piece(old, True)], [Piece(new, True)]
    left, right = [], []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if i2 > i1:
            left.append(Piece("".join(before[i1:i2]), kind != "equal"))
        if j2 > j1:
            right.append(Piece("".join(after[j1:j2]), kind != "equal"))
    return left, right
