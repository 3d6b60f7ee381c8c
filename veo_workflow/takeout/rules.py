"""Pure decisions of a takeout: how values are written as JSON, how files are named, what fits on paper."""

import json
import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from veo_workflow.playbook.models import StrategyVersion
from veo_workflow.playbook.rules import colour_of

MOMENTS_ON_PAPER = 200  # so many are a matter of seconds
REPLIES_ON_PAPER = 8  # to each
REPLY_ON_PAPER = 400  # letters


def written(value: object) -> bytes:
    """A takeout as JSON that people can read too; moments are UTC in ISO 8601, times on a clip whole milliseconds."""
    return (json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n").encode()


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"a takeout holds plain values, not {type(value).__name__}")


def file_name(on: datetime, words: str, thing: uuid.UUID, ending: str) -> str:
    """`2026-11-25-entry-routines-1a2b3c4d.json`: plain letters that every system takes, and never twice the same."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-")
    return "-".join(part for part in (f"{on:%Y-%m-%d}", slug, thing.hex[-8:]) if part) + f".{ending}"


@dataclass(frozen=True)
class Shown:
    """How a step is shown everywhere else: its number through all strategies, and its colour, 1 to 8."""

    number: int
    colour: int


StepNamed = tuple[str, int, int]  # the strategy's title, its version, the step's number in it


def shown(strategies: Iterable[StrategyVersion]) -> dict[StepNamed, Shown]:
    """The steps in use, in the pair's order, as the studio numbers them."""
    steps = [(version, step) for version in strategies for step in version.steps]
    return {
        (version.title, version.version, step.number): Shown(number, colour_of(step.colour, number))
        for number, (version, step) in enumerate(steps, 1)
    }


def for_paper(held: dict[str, Any], steps: Mapping[StepNamed, Shown]) -> dict[str, Any]:
    """The same with no more moments and replies than can be read on paper, by clip; `moments_total` says how many
    there are, and `shown(strategy, version, number)` how a step is shown.
    """
    by_clip: dict[Any, dict[str, Any]] = {}
    for moment in held["moments"][:MOMENTS_ON_PAPER]:
        clip = by_clip.setdefault(moment["clip_id"], {"title": moment["clip"], "moments": []})
        clip["moments"].append(moment | {"replies": _replies(moment["replies"])})
    return held | {
        "by_clip": list(by_clip.values()),
        "more": max(0, held["moments_total"] - MOMENTS_ON_PAPER),
        "shown": lambda *named: steps.get(named) or Shown(named[-1], colour_of(None, named[-1])),
    }


def _replies(replies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [reply | {"text": shortened(reply["text"], REPLY_ON_PAPER)} for reply in replies[:REPLIES_ON_PAPER]]


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
