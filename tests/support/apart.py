"""Converting a file in a process of its own, of whose tools it can then be said what the greediest one held."""

import resource
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.support.forking import FORKED
from veo_workflow.media import Converted, Limits, Unusable, convert

# Longer than any tool's own limit: what is still at work by then was not stopped by it.
SECONDS = 400


@dataclass(frozen=True)
class Outcome:
    """What became of a file. `peak` is the most memory that any one tool held, in bytes."""

    made: Converted | None
    code: str
    sentence: str
    peak: int


def convert_apart(source: Path, folder: Path, limits: Limits | None = None) -> Outcome:
    """As `convert`, with a refusal as a value. Raises what else `convert` raises, TimeoutError."""
    with ProcessPoolExecutor(1, mp_context=FORKED) as apart:
        return apart.submit(_convert, source, folder, limits or Limits()).result(SECONDS)


def _convert(source: Path, folder: Path, limits: Limits) -> Outcome:
    made, code, sentence = None, "", ""
    try:
        made = convert(source, folder, limits)
    except Unusable as why:
        code, sentence = why.code, why.message
    return Outcome(made, code, sentence, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
