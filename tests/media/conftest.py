"""Clips are made once a session, when a test first asks for one, and converted at most once."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import make_clips
from veo_workflow.media import Converted, Limits, convert

Find = Callable[[str], Path]
Convert = Callable[[str], Converted]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Find:
    """The file of that name, as `tests.support.make_clips` makes it, short and small."""
    folder = tmp_path_factory.mktemp("clips")
    return functools.cache(lambda name: make_clips.make(name, folder))


@pytest.fixture(scope="session")
def converted(clip: Find, tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """What became of it."""
    return functools.cache(lambda name: convert(clip(name), tmp_path_factory.mktemp("made"), Limits()))
