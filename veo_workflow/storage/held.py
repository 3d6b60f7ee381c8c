"""Whether objects that no row speaks of are swept. After a restore they are not, until whoever runs the system agrees.

The mark is itself an object, beside what it protects: every upkeep on every machine sees it, and it does not go when
the database is restored once more.  What is erased because a row says so is erased all the same.
"""

import json
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from veo_workflow.storage import Storage

KEY = "restore/held"


@dataclass(frozen=True)
class Held:
    """Keys: objects that no row speaks of, and objects that a row speaks of but that are not there."""

    unknown: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def is_held(storage: Storage) -> bool:
    return storage.head(KEY) is not None


def hold(storage: Storage, held: Held) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(asdict(held), file)
        file.flush()
        storage.put(KEY, Path(file.name), "application/json")


def read(storage: Storage) -> Held | None:
    """What was found at the restore; None when nothing is held."""
    if not is_held(storage):
        return None
    with storage.local(KEY) as path:
        return Held(**json.loads(path.read_text()))


def release(storage: Storage) -> None:
    storage.delete(KEY)
