"""Clips are made once a session, when a test first asks for one, and converted at most once.

Each lies in a folder of its own with a victim and a secret beside it, is converted in a process of its own, and is
watched while that happens.
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import bait, camcorders, make_clips
from tests.support.apart import Outcome, convert_apart
from veo_workflow.media import Converted

assert camcorders.__doc__, "importing it makes its kinds known to every test here"

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
def clip(tmp_path_factory: pytest.TempPathFactory, bait_address: bait.Listener) -> Find:
    """The file of that name, as `tests.support.make_clips` makes it, short and small."""

    def make(name: str) -> Path:
        path = make_clips.make(name, tmp_path_factory.mktemp("clip"))
        bait.lay(path, bait_address)
        return path

    return functools.cache(make)


@pytest.fixture(scope="session")
def handled(clip: Find, tmp_path_factory: pytest.TempPathFactory, bait_address: bait.Listener) -> Handle:
    """What became of it."""

    def handle(name: str) -> Handled:
        source, folder = clip(name), tmp_path_factory.mktemp("made")
        with bait.watched(source, bait_address) as reached:
            outcome = convert_apart(source, folder)
        return Handled(outcome, reached, folder)

    return functools.cache(handle)


@pytest.fixture(scope="session")
def converted(handled: Handle) -> Convert:
    """What became of one that is converted."""

    def convert(name: str) -> Converted:
        outcome = handled(name).outcome
        assert outcome.made is not None, f"{name}: {outcome.sentence}"
        return outcome.made

    return convert
