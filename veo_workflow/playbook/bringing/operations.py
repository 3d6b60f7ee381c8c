"""What bringing a file in would change, and doing it: everything in the file or nothing."""

import dataclasses
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.models import Person
from veo_workflow.playbook import operations, queries
from veo_workflow.playbook.bringing import sheet, tree
from veo_workflow.playbook.bringing.rules import LARGEST, Read, Wanted
from veo_workflow.playbook.comparing import Comparison, compare
from veo_workflow.playbook.models import Strategy, StrategyVersion
from veo_workflow.playbook.rules import StrategyWords
from veo_workflow.sheets import text_of

READERS = {"csv": sheet.read, "yaml": tree.read}
WRITERS = {"csv": sheet.write, "yaml": tree.write}


@dataclass(frozen=True)
class Change:
    """What becomes of one strategy of the file; `standing` is what the playbook has under its title."""

    words: StrategyWords
    standing: StrategyVersion | None
    was_retired: bool
    comparison: Comparison | None

    @property
    def kind(self) -> str:
        if self.standing is None:
            return "new"
        return "reworded" if self.comparison else "unchanged"

    @property
    def does_something(self) -> bool:
        return self.kind != "unchanged" or self.was_retired


@dataclass(frozen=True)
class Plan:
    """`mark` is a word for how the playbook stood when the plan was made, as far as the plan is concerned."""

    changes: list[Change]
    mark: str

    def count(self, kind: str) -> int:
        return sum(change.kind == kind for change in self.changes)

    @property
    def does_something(self) -> bool:
        return any(change.does_something for change in self.changes)


def kind_of(name: str) -> str:
    """Which kind of file it is, by its name. Raises InvalidInput."""
    ending = name.rpartition(".")[2].casefold()
    kind = {"csv": "csv", "yaml": "yaml", "yml": "yaml"}.get(ending)
    if kind is None:
        raise InvalidInput("Choose a file whose name ends in .csv, .yaml or .yml. A spreadsheet can be saved as CSV.")
    return kind


def decoded(content: bytes) -> str:
    """The file as text. Raises InvalidInput."""
    if len(content) > LARGEST:
        raise InvalidInput(f"This file is larger than {LARGEST // 1000} kB. Split it and bring the parts one by one.")
    return text_of(content)


def read(text: str, kind: str) -> Read:
    """Raises InvalidInput for a file that cannot be read as a whole."""
    if kind not in READERS:
        raise InvalidInput("This preview has lost its file. Choose the file again.")
    return READERS[kind](text.encode("utf-8", "replace"))


def plan(session: Session, school_id: uuid.UUID, wanted: Sequence[Wanted]) -> Plan:
    """What bringing these in would change: four statements."""
    titles = queries.titles(session, school_id)
    holders = {each.words.title.casefold(): titles.get(each.words.title.casefold()) for each in wanted}
    standing = queries.newest_versions(session, [holder.strategy_id for holder in holders.values() if holder])
    changes = []
    for each in wanted:
        holder = holders[each.words.title.casefold()]
        present = standing[holder.strategy_id] if holder else None
        changes.append(_change(each, present, was_retired=bool(holder and holder.retired)))
    seen = repr(sorted((title, str(holder)) for title, holder in holders.items()))
    return Plan(changes, hashlib.sha256(seen.encode()).hexdigest())


def _change(wanted: Wanted, standing: StrategyVersion | None, *, was_retired: bool) -> Change:
    if standing is None:
        return Change(wanted.words, None, was_retired=False, comparison=None)
    present = queries.words_of(standing)
    words = wanted.words if wanted.speaks_of_links else dataclasses.replace(wanted.words, resources=present.resources)
    return Change(words, standing, was_retired, compare(present, words) if present != words else None)


def bring_in(session: Session, wanted: Sequence[Wanted], *, mark: str, by: Person) -> Plan:
    """Do everything that `plan` has shown.

    Raises Conflict where the playbook stands otherwise than at `mark`, InvalidInput where there is no room.
    """
    operations.one_at_a_time(session, by.school_id)
    made = plan(session, by.school_id, wanted)
    if made.mark != mark:
        raise Conflict(
            "The playbook was changed since this preview. Here is a new one; nothing is done yet.",
            code="playbook_changed",
        )
    operations.check_room(session, by.school_id, sum(c.standing is None or c.was_retired for c in made.changes))
    for change in made.changes:
        _do(session, change, by)
    return made


def _do(session: Session, change: Change, by: Person) -> None:
    standing = change.standing
    if standing is None:
        standing = operations.first_version(session, by.school_id, change.words, by=by)
        record(session, "strategy_added", by=by.id, school=by.school_id, subject=("strategy", standing.strategy_id))
        return
    if change.comparison:
        operations.next_version(session, standing, change.words, by=by)
        record(session, "strategy_reworded", by=by.id, school=by.school_id, subject=("strategy", standing.strategy_id))
    if change.was_retired:
        strategy = session.get_one(Strategy, standing.strategy_id)
        strategy.retired_at = None
        record(session, "strategy_brought_back", by=by.id, school=by.school_id, subject=("strategy", strategy.id))


def taken_out(session: Session, person: Person, kind: str) -> str:
    """The playbook of the person's school as a file that can be brought in again."""
    found = queries.whole_playbook(session, person.school_id)
    return WRITERS[kind](queries.words_of(version) for version in found)
