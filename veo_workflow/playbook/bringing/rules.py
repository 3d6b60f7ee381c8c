"""What a file says of strategies, with every fault by its line. Pure, on plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from veo_workflow.errors import InvalidInput
from veo_workflow.playbook.rules import STRATEGIES_AT_MOST, Described, Fault, StrategyWords, clean, read_strategy

LARGEST = 400_000
FAULTS_SHOWN = 100
KINDS = ("csv", "yaml")


@dataclass(frozen=True)
class LineFault:
    """What is wrong in one line of the file, at the column or key `where`, and what to do about it."""

    line: int
    where: str
    sentence: str


@dataclass
class Brought:
    """One strategy as the file has it. `links` is None where the file does not speak of links."""

    line: int
    head: dict[str, str]
    steps: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)
    links: list[tuple[int, Mapping[str, str]]] | None = None

    @property
    def key(self) -> str:
        return clean(self.head.get("title", "")).casefold()


@dataclass(frozen=True)
class Wanted:
    """A strategy of a file that can be read; without `speaks_of_links` those that stand are to stay."""

    words: StrategyWords
    speaks_of_links: bool


@dataclass(frozen=True)
class Read:
    wanted: list[Wanted]
    faults: list[LineFault]


def checked(brought: Sequence[Brought], names: Mapping[tuple[str, str], str], faults: list[LineFault]) -> Read:
    """What can be read, and `faults` with all that cannot; `names` says how the file calls a part's field.

    Raises InvalidInput for a file without strategies, or with more than a playbook holds.
    """
    if not brought and not faults:
        raise InvalidInput("There is no strategy in this file. Choose another.")
    if len(brought) > STRATEGIES_AT_MOST:
        raise InvalidInput(f"This file has {len(brought)} strategies; a playbook holds {STRATEGIES_AT_MOST} at most.")
    wanted = []
    for each in brought:
        links = each.links or []
        said = Described(each.head, [step for _, step in each.steps], [link for _, link in links])
        words, wrong = read_strategy(said)
        faults += [_fault(each, one, names) for one in wrong]
        if words is not None:
            wanted.append(Wanted(words, each.links is not None))
    return Read(wanted, sorted(faults, key=lambda fault: fault.line))


def _fault(brought: Brought, fault: Fault, names: Mapping[tuple[str, str], str]) -> LineFault:
    lines = {"step": brought.steps, "resource": brought.links or []}.get(fault.part)
    line = lines[fault.number - 1][0] if lines else brought.line
    return LineFault(line, names.get((fault.part, fault.name), fault.name), fault.sentence)
