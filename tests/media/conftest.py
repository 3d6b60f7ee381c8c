"""Clips are made once a session, when a test first asks for one, and converted at most once.

That is so for all who share the work of a session; those that are to be refused each has for itself.

Each lies in a folder of its own with a victim and a secret beside it, is converted in a process of its own, and is
watched while that happens.
"""

import fcntl
import functools
import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from tests.support import bait, camcorders, make_clips
from tests.support.apart import Outcome, convert_apart
from veo_workflow.media import Converted

assert camcorders.__doc__, "importing it makes its kinds known to every test here"

T = TypeVar("T")
Find = Callable[[str], Path]
Convert = Callable[[str], Converted]


@dataclass(frozen=True)
class Handled:
    """What became of a clip, what was reached for meanwhile, and the folder for what was made."""

    outcome: Outcome
    reached: bait.Reached
    folder: Path


Handle = Callable[[str], Handled]


@pytest.fixture(scope="session")
def bait_address() -> Iterator[bait.Listener]:
    with bait.listening() as listener:
        yield listener


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all processes of this session, where there are several."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def whose(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Find:
    """Where a clip belongs: those made to do harm name the address of the process that waits for their call."""

    def place(name: str) -> Path:
        harmless = make_clips.CLIPS[name].outcome in ("ok", "damaged")
        return (shared if harmless else tmp_path_factory.getbasetemp()) / name

    return place


def once(folder: Path, make: Callable[[Path], T]) -> T:
    """What `make` makes in the folder, by the first process that asks; the others wait for it."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder.with_name(f"{folder.name}.kept")
    with kept.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not kept.stat().st_size:
            file.write(pickle.dumps(make(folder)))
            file.flush()
        made: T = pickle.loads(kept.read_bytes())  # noqa: S301 -- pickled above, by ourselves
        return made


@pytest.fixture(scope="session")
def clip(whose: Find, bait_address: bait.Listener) -> Find:
    """The file of that name, as `tests.support.make_clips` makes it, short and small."""

    def make(folder: Path) -> Path:
        path = make_clips.make(folder.parent.name, folder)
        bait.lay(path, bait_address)
        return path

    return functools.cache(lambda name: once(whose(name) / "clip", make))


@pytest.fixture(scope="session")
def handled(clip: Find, whose: Find, bait_address: bait.Listener) -> Handle:
    """What became of it."""

    def handle(folder: Path) -> Handled:
        source = clip(folder.parent.name)
        with bait.watched(source, bait_address) as reached:
            outcome = convert_apart(source, folder)
        return Handled(outcome, reached, folder)

    return functools.cache(lambda name: once(whose(name) / "made", handle))


@pytest.fixture(scope="session")
def converted(handled: Handle) -> Convert:
    """What became of one that is converted."""

    def convert(name: str) -> Converted:
        outcome = handled(name).outcome
        assert outcome.made is not None, f"{name}: {outcome.sentence}"
        return outcome.made

    return convert
