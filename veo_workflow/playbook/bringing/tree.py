"""A playbook as YAML: a list of strategies, as in the starter playbook.

Nothing is ever made from the file but text: no tags, no anchors (which is how a small file becomes a huge one), no
types; `licence: No` is the word No.  The file is walked through once for what it may not have, without building
anything, and only then read.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from veo_workflow.errors import InvalidInput
from veo_workflow.playbook.bringing.rules import Brought, LineFault, Read, checked
from veo_workflow.playbook.models import PressKind
from veo_workflow.playbook.rules import COLOURS, StrategyWords, say_seconds

HEAD = ("title", "purpose", "when_to_use", "source", "licence")
STEP = ("name", "title", "detail", "prompt", "colour", "press", "lead", "lag")
LINK = ("title", "address", "note")
DEEPEST = 6
MOST_EVENTS = 60_000
# The base loaders know of no types at all, so that every scalar is text.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_NOTHING = {"", "~", "null", "Null", "NULL"}

Faults = list[LineFault]


def read(content: bytes) -> Read:
    """Raises InvalidInput for what cannot be read as a whole."""
    root = _composed(_text(content))
    if not isinstance(root, yaml.SequenceNode):
        raise InvalidInput("This file has to be a list of strategies: each begins with “- title:”.")
    faults: Faults = []
    brought = [_strategy(node, faults) for node in root.value]
    first: dict[str, int] = {}
    for strategy in brought:
        line = first.setdefault(strategy.key, strategy.line)
        if strategy.key and line != strategy.line:
            sentence = f"A strategy with this title stands in line {line} already. Remove one of them."
            faults.append(LineFault(strategy.line, "title", sentence))
    return checked(brought, {}, faults)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("The letters in this file cannot be read. Save it as UTF-8 and choose it again.") from None


def _composed(text: str) -> yaml.Node | None:
    try:
        _refuse_what_is_not_needed(text)
        return yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        where = f"Line {mark.line + 1} of this file" if mark else "This file"
        hint = "Look at its indentation, and put quotation marks around a text with a colon in it."
        raise InvalidInput(f"{where} cannot be read. {hint}") from None


def _refuse_what_is_not_needed(text: str) -> None:
    depth = documents = 0
    for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InvalidInput(f"Line {line} refers to another place with & or *. Write the text out in full.")
        if getattr(event, "tag", None):
            raise InvalidInput(f"Line {line} has a tag, a word after “!”. Remove it: everything here is text.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > DEEPEST or documents > 1:
            raise InvalidInput(f"From line {line} on this is no list of strategies any more. Look at its indentation.")
        if count > MOST_EVENTS:
            raise InvalidInput("This file says more than a playbook can hold. Split it and bring the parts one by one.")


def _strategy(node: yaml.Node, faults: Faults) -> Brought:
    pairs = _pairs(node, (*HEAD, "steps", "resources"), faults)
    return Brought(
        line=_line(node),
        head={name: _said(pairs[name], name, faults) for name in HEAD if name in pairs},
        steps=_list(pairs.get("steps"), "steps", STEP, faults),
        links=_list(pairs["resources"], "resources", LINK, faults) if "resources" in pairs else None,
    )


def _list(
    node: yaml.Node | None, where: str, known: Iterable[str], faults: Faults
) -> list[tuple[int, Mapping[str, str]]]:
    if node is None or (isinstance(node, yaml.ScalarNode) and _said(node, where, faults) == ""):
        return []
    if not isinstance(node, yaml.SequenceNode):
        faults.append(LineFault(_line(node), where, "This has to be a list, each entry beginning with “-”."))
        return []
    found: list[tuple[int, Mapping[str, str]]] = []
    for entry in node.value:
        pairs = _pairs(entry, tuple(known), faults)
        found.append((_line(entry), {name: _said(value, name, faults) for name, value in pairs.items()}))
    return found


def _pairs(node: yaml.Node, known: tuple[str, ...], faults: Faults) -> dict[str, yaml.Node]:
    """What stands under which name; unknown and repeated names are faults."""
    if not isinstance(node, yaml.MappingNode):
        faults.append(LineFault(_line(node), "the entry", f"Write names and texts here, for example “{known[0]}: …”."))
        return {}
    pairs: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if name not in known:
            faults.append(LineFault(_line(key), name[:40], f"This name is not known here. Known: {', '.join(known)}."))
        elif name in pairs:
            faults.append(LineFault(_line(key), name, "This stands here twice. Remove one of them."))
        else:
            pairs[name] = value
    return pairs


def _said(node: yaml.Node, where: str, faults: Faults) -> str:
    if not isinstance(node, yaml.ScalarNode):
        faults.append(LineFault(_line(node), where, "Write one text here, not a list."))
        return ""
    is_plain = node.style not in {"'", '"', "|", ">"}
    return "" if is_plain and node.value in _NOTHING else str(node.value)


def _line(found: Any) -> int:
    """The line of a node or an event."""
    return int(found.start_mark.line) + 1


def write(playbook: Iterable[StrategyWords]) -> str:
    described = [_described(words) for words in playbook]
    return yaml.dump(described, Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=100)


def _described(words: StrategyWords) -> dict[str, Any]:
    head = {name: getattr(words, name) for name in HEAD}
    links = [{name: getattr(link, name) for name in LINK} for link in words.resources]
    steps = [
        {
            "name": step.name,
            "title": step.title,
            "detail": step.detail,
            "prompt": step.prompt,
            **({"colour": COLOURS[step.colour - 1]} if step.colour else {}),
            **({"press": step.press.value} if step.press is not PressKind.MOMENT else {}),
            "lead": say_seconds(step.lead_ms),
            "lag": say_seconds(step.lag_ms),
        }
        for step in words.steps
    ]
    return {**head, "steps": steps, "resources": links}
