"""What a strategy may say, whoever brings it: a form, a file, or the starter playbook. Pure, on plain values."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from veo_workflow.playbook.models import PressKind

STRATEGIES_AT_MOST = 200
STEPS_AT_MOST = 30
RESOURCES_AT_MOST = 20
COLOURS = ("blue", "orange", "green", "pink", "amber", "turquoise", "olive", "grey")
LONGEST_SECONDS = 60
WORDS_AT_MOST = 6
LONGEST_WORD = 40

Said = Mapping[str, str]
Tell = Callable[[str, str], None]
_LONGEST = {
    "head": {"title": 120, "purpose": 400, "when_to_use": 1000, "source": 200, "licence": 120},
    "step": {"name": 24, "title": 200, "detail": 2000, "prompt": 600},
    "resource": {"title": 120, "address": 500, "note": 400},
}
_NEEDED = {
    "head": {"title": "Give the strategy a title.", "purpose": "Say in one sentence what it is for."},
    "step": {"name": "Give the step a name of one word or two.", "title": "Say what one does in this step."},
    "resource": {"title": "Give the link a title.", "address": "Write the address, beginning with https://."},
}
_SEVERAL_LINES = {"when_to_use", "detail", "prompt", "note"}
_SECONDS = re.compile(r"(\d{1,3})(?:[.,](\d{1,3}))?")


@dataclass(frozen=True)
class StepWords:
    """A step as it is written; lead and lag in ms, `colour` 1 to 8 or None for that of its number."""

    name: str
    title: str
    detail: str
    prompt: str
    colour: int | None
    press: PressKind
    lead_ms: int
    lag_ms: int


@dataclass(frozen=True)
class ResourceWords:
    title: str
    address: str
    note: str


@dataclass(frozen=True)
class StrategyWords:
    title: str
    purpose: str
    when_to_use: str
    source: str
    licence: str
    steps: tuple[StepWords, ...]
    resources: tuple[ResourceWords, ...]


@dataclass(frozen=True)
class Described:
    """A strategy as somebody typed it, nothing checked yet."""

    head: Said
    steps: Sequence[Said]
    resources: Sequence[Said] = ()


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and what to do about it; `number` counts the steps, or the links, from 1."""

    part: str
    number: int
    name: str
    sentence: str

    @property
    def field(self) -> str:
        return self.name if self.part == "head" else f"{self.part}-{self.number}-{self.name}"


def read_strategy(said: Described) -> tuple[StrategyWords | None, list[Fault]]:
    """The strategy, or everything that is wrong with it."""
    faults: list[Fault] = _counted(said)
    head = _texts("head", 0, said.head, faults)
    steps = [_step(number, step, faults) for number, step in enumerate(said.steps, start=1)]
    resources = [_resource(number, link, faults) for number, link in enumerate(said.resources, start=1)]
    if faults:
        return None, faults
    return StrategyWords(**head, steps=tuple(steps), resources=tuple(resources)), []


def _counted(said: Described) -> list[Fault]:
    if not said.steps:
        return [Fault("head", 0, "steps", "Write at least one step.")]
    if len(said.steps) > STEPS_AT_MOST:
        return [Fault("head", 0, "steps", f"Keep to {STEPS_AT_MOST} steps; five are usual.")]
    if len(said.resources) > RESOURCES_AT_MOST:
        return [Fault("head", 0, "resources", f"Keep to {RESOURCES_AT_MOST} links.")]
    return []


def _step(number: int, said: Said, faults: list[Fault]) -> StepWords:
    def fault(name: str, sentence: str) -> None:
        faults.append(Fault("step", number, name, sentence))

    return StepWords(
        **_texts("step", number, said, faults),
        colour=_colour(said.get("colour", ""), fault),
        press=_press(said.get("press", ""), fault),
        lead_ms=_milliseconds("lead", said.get("lead", ""), 6000, fault),
        lag_ms=_milliseconds("lag", said.get("lag", ""), 4000, fault),
    )


def _resource(number: int, said: Said, faults: list[Fault]) -> ResourceWords:
    words = ResourceWords(**_texts("resource", number, said, faults))
    if words.address and not _leads_somewhere(words.address):
        sentence = "Write a whole web address, beginning with https:// or http://."
        faults.append(Fault("resource", number, "address", sentence))
    return words


def _leads_somewhere(address: str) -> bool:
    """A name in front of the host (`https://school@elsewhere`) only ever serves to deceive."""
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _texts(part: str, number: int, said: Said, faults: list[Fault]) -> dict[str, str]:
    words = {}
    for name, longest in _LONGEST[part].items():
        words[name] = text = clean(said.get(name, ""), several_lines=name in _SEVERAL_LINES)
        needed = _NEEDED[part].get(name)
        if needed and not text:
            faults.append(Fault(part, number, name, needed))
        elif len(text) > longest:
            sentence = f"Shorten this to {longest:,} characters; it has {len(text):,}."
            faults.append(Fault(part, number, name, sentence))
    return words


def clean(text: str, *, several_lines: bool = False) -> str:
    """The text without what no database or page should have to carry; on one line unless several are meant."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return text.strip() if several_lines else " ".join(text.split())


def _colour(said: str, fault: Tell) -> int | None:
    word = clean(said).casefold()
    if not word:
        return None
    if word in COLOURS:
        return COLOURS.index(word) + 1
    if word in {"1", "2", "3", "4", "5", "6", "7", "8"}:
        return int(word)
    fault("colour", f"“{clean(said)[:40]}” is no colour here. Choose one of {', '.join(COLOURS)}, or leave it empty.")
    return None


def _press(said: str, fault: Tell) -> PressKind:
    word = clean(said).casefold().replace(" ", "_").replace("-", "_") or PressKind.MOMENT
    if word in set(PressKind):
        return PressKind(word)
    fault("press", f"“{clean(said)[:40]}” is no way of pressing. Write moment, or start_end.")
    return PressKind.MOMENT


def _milliseconds(name: str, said: str, usual: int, fault: Tell) -> int:
    text = clean(said)
    if not text:
        return usual
    found = _SECONDS.fullmatch(text)
    ms = int(found[1]) * 1000 + int((found[2] or "0").ljust(3, "0")) if found else -1
    if 0 <= ms <= LONGEST_SECONDS * 1000:
        return ms
    fault(name, f"Write the {name} in seconds, from 0 to {LONGEST_SECONDS}.")
    return usual


def say_seconds(ms: int) -> str:
    """As it is typed: `6`, `2.5`."""
    return f"{ms / 1000:.3f}".rstrip("0").rstrip(".")


def words_to_find(said: str) -> list[str]:
    """What somebody looks for in the playbook: a few words, each of a sane length."""
    return [word[:LONGEST_WORD] for word in clean(said).split()[:WORDS_AT_MOST]]


def colour_of(step_colour: int | None, number: int) -> int:
    """The colour, 1 to 8, of a step that is shown under this number; a ninth takes the first again."""
    return step_colour or (number - 1) % len(COLOURS) + 1
