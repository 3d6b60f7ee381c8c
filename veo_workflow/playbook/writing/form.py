"""The form in which a strategy is written: what was typed in it, and its steps and links moved about. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from veo_workflow.playbook.models import PressKind
from veo_workflow.playbook.rules import (
    COLOURS,
    RESOURCES_AT_MOST,
    STEPS_AT_MOST,
    Described,
    Said,
    StrategyWords,
    say_seconds,
)

HEAD = ("title", "purpose", "when_to_use", "source", "licence")
STEP = ("name", "title", "detail", "prompt", "colour", "press", "lead", "lag")
LINK = ("title", "address", "note")
STEPS_AT_FIRST = 5
# What makes a line one that somebody began; the others have a value from the start.
_TYPED = {"step": ("name", "title", "detail", "prompt"), "resource": LINK}
EMPTY_STEP: Said = {"press": PressKind.MOMENT, "lead": "6", "lag": "4"}
EMPTY = Described({}, [EMPTY_STEP] * STEPS_AT_FIRST)


def typed(sent: Mapping[str, Sequence[str]]) -> Described:
    """What was sent, line by line, as it was typed; more lines than anybody may keep are left out."""
    return Described(
        {name: "".join(sent.get(name, ())[:1]) for name in HEAD},
        _lines(sent, "step", STEP, STEPS_AT_MOST),
        _lines(sent, "resource", LINK, RESOURCES_AT_MOST),
    )


def _lines(sent: Mapping[str, Sequence[str]], part: str, names: Sequence[str], most: int) -> list[Said]:
    columns = {name: sent.get(f"{part}_{name}", ()) for name in names}
    count = min(max(map(len, columns.values())), most + 1)
    return [{name: cells[n] if n < len(cells) else "" for name, cells in columns.items()} for n in range(count)]


def without_empty_lines(said: Described) -> Described:
    return replace(said, steps=_begun("step", said.steps), resources=_begun("resource", said.resources))


def _begun(part: str, lines: Sequence[Said]) -> list[Said]:
    return [line for line in lines if any(line.get(name, "").strip() for name in _TYPED[part])]


def written(words: StrategyWords) -> Described:
    """A strategy as its form shows it."""
    return Described(
        {name: getattr(words, name) for name in HEAD},
        [
            {
                "name": step.name,
                "title": step.title,
                "detail": step.detail,
                "prompt": step.prompt,
                "colour": COLOURS[step.colour - 1] if step.colour else "",
                "press": step.press,
                "lead": say_seconds(step.lead_ms),
                "lag": say_seconds(step.lag_ms),
            }
            for step in words.steps
        ],
        [{name: getattr(link, name) for name in LINK} for link in words.resources],
    )


def rearranged(said: Described, do: str) -> tuple[Described, str, str]:
    """After `do` (add-step, up-step-3, down-step-3, remove-step-3, and so for `resource`): the lines, the id of what
    the person goes on with, and what happened in a few words. Anything else changes nothing."""
    verb, _, rest = do.partition("-")
    part, _, number = rest.partition("-")
    if part not in _TYPED:
        return said, "", ""
    lines = list(said.steps if part == "step" else said.resources)
    at = int(number) - 1 if number.isdecimal() and len(number) < 4 else len(lines)
    lines, focus, happened = _CHANGES.get(verb, _nothing)(part, lines, at)
    return (replace(said, steps=lines) if part == "step" else replace(said, resources=lines)), focus, happened


Change = tuple[list[Said], str, str]


def _nothing(_part: str, lines: list[Said], _at: int) -> Change:
    return lines, "", ""


def _add(part: str, lines: list[Said], _at: int) -> Change:
    if len(lines) >= {"step": STEPS_AT_MOST, "resource": RESOURCES_AT_MOST}[part]:
        return lines, "", f"There are {len(lines)} already, as many as there can be."
    first, empty = ("name", EMPTY_STEP) if part == "step" else ("title", {})
    number = len(lines) + 1
    return [*lines, empty], f"{part}-{number}-{first}", f"{_WORD[part]} {number} is added."


def _remove(part: str, lines: list[Said], at: int) -> Change:
    if at >= len(lines):
        return lines, "", ""
    return [*lines[:at], *lines[at + 1 :]], f"add-{part}", f"{_WORD[part]} {at + 1} is removed."


def _up(part: str, lines: list[Said], at: int) -> Change:
    if not 1 <= at < len(lines):
        return lines, "", ""
    lines[at - 1], lines[at] = lines[at], lines[at - 1]
    way = "up" if at > 1 else "down"
    return lines, f"{way}-{part}-{at}", f"{_WORD[part]} {at + 1} is now {_WORD[part].lower()} {at}."


def _down(part: str, lines: list[Said], at: int) -> Change:
    if not 0 <= at < len(lines) - 1:
        return lines, "", ""
    lines[at + 1], lines[at] = lines[at], lines[at + 1]
    way = "down" if at + 2 < len(lines) else "up"
    return lines, f"{way}-{part}-{at + 2}", f"{_WORD[part]} {at + 1} is now {_WORD[part].lower()} {at + 2}."


_WORD = {"step": "Step", "resource": "Link"}
_CHANGES = {"add": _add, "remove": _remove, "up": _up, "down": _down}
