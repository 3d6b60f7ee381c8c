"""A playbook as CSV: one line a step, with what is said of its strategy in the first of them.

A cell that a spreadsheet would run as a formula goes out with an apostrophe in front (see `sheets`), which is taken
off again when it comes in.
"""

from collections.abc import Iterable

from veo_workflow import sheets
from veo_workflow.playbook.bringing.rules import Brought, LineFault, Read, checked
from veo_workflow.playbook.rules import COLOURS, StepWords, StrategyWords, clean, say_seconds

HEAD = {
    "strategy": "title",
    "purpose": "purpose",
    "when_to_use": "when_to_use",
    "source": "source",
    "licence": "licence",
}
STEP = {
    "name": "name",
    "step": "title",
    "detail": "detail",
    "prompt": "prompt",
    "colour": "colour",
    "press": "press",
    "lead": "lead",
    "lag": "lag",
}
COLUMNS = (*HEAD, *STEP)
NAMES = {("head", name): column for column, name in HEAD.items()} | {
    ("step", name): column for column, name in STEP.items()
}


def read(content: bytes) -> Read:
    """Raises InvalidInput for what cannot be read as a whole."""
    brought: dict[str, Brought] = {}
    faults: list[LineFault] = []
    for line in sheets.read(content, columns=COLUMNS, required=("strategy", "name", "step")):
        cells = {name: sheets.plain(cell) for name, cell in line.cells.items()}
        if line.surplus:
            faults.append(LineFault(line.number, "the line", "It has more cells than there are columns. " + _QUOTE))
        strategy = _strategy(brought, line.number, cells, faults)
        if strategy is not None:
            strategy.steps.append((line.number, {name: cells.get(column, "") for column, name in STEP.items()}))
    return checked(list(brought.values()), NAMES, faults)


_QUOTE = "Put quotation marks around a text that has a comma in it."


def _strategy(
    brought: dict[str, Brought], number: int, cells: dict[str, str], faults: list[LineFault]
) -> Brought | None:
    """The strategy that the line belongs to; one that begins here is put among those that were brought."""
    head = {name: cells.get(column, "") for column, name in HEAD.items()}
    key = clean(head["title"]).casefold()
    present = next(reversed(brought.values()), None)
    if present is not None and key in {"", present.key}:
        faults += _said_differently(present, number, head)
        return present
    if not key:
        faults.append(LineFault(number, "strategy", "Say which strategy this step belongs to."))
        return None
    if (earlier := brought.get(key)) is not None:
        sentence = f"“{clean(head['title'])[:120]}” stands in line {earlier.line} already. Keep its lines together."
        faults.append(LineFault(number, "strategy", sentence))
        return None
    brought[key] = Brought(number, head)
    return brought[key]


def _said_differently(present: Brought, number: int, head: dict[str, str]) -> list[LineFault]:
    """Later lines may leave out what the first says of the strategy, or repeat it."""
    sentence = f"Line {present.line} says something else of the same strategy. Say it once, in its first line."
    return [
        LineFault(number, NAMES["head", name], sentence)
        for name, said in head.items()
        if name != "title" and said and clean(said) != clean(present.head[name])
    ]


def write(playbook: Iterable[StrategyWords]) -> str:
    return sheets.write(COLUMNS, (row for words in playbook for row in _rows(words)))


def _rows(words: StrategyWords) -> list[list[str]]:
    head = [getattr(words, name) for name in HEAD.values()]
    rest = [head[0]] + [""] * (len(head) - 1)
    return [(head if number == 0 else rest) + _cells(step) for number, step in enumerate(words.steps)]


def _cells(step: StepWords) -> list[str]:
    colour = COLOURS[step.colour - 1] if step.colour else ""
    return [
        step.name,
        step.title,
        step.detail,
        step.prompt,
        colour,
        step.press.value,
        say_seconds(step.lead_ms),
        say_seconds(step.lag_ms),
    ]
