"""A store that answers late, wrongly or not at all: what is stored is stored whole, and no row says otherwise."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import BUCKET, empty
from tests.support.backroom import Backroom, backroom, film, wait_for
from tests.support.faulty import Fault, FaultyStore, faulty
from tests.support.swift_s3 import Store
from veo_workflow.clips.models import ClipState


@pytest.fixture
def store(swift: Store) -> Iterator[FaultyStore]:
    with faulty(swift.endpoint) as store:
        yield store


@pytest.fixture
def room(tmp_path: Path, swift: Store, store: FaultyStore) -> Iterator[Backroom]:
    with backroom(tmp_path, **swift.settings(BUCKET, endpoint=store.origin)) as opened:
        yield opened
        empty(opened.services.storage)


def test_errors_resets_and_half_answers_are_retried_until_everything_is_whole(
    room: Backroom, store: FaultyStore, tmp_path: Path
) -> None:
    clip_id = room.send(film(tmp_path / "lesson.mp4", 1))
    store.strike("GET", "/original", Fault.ERROR, Fault.RESET, Fault.SHORT, Fault.SLOW)
    store.strike("PUT", "/playback.mp4", Fault.ERROR, Fault.RESET, Fault.LOST)
    store.strike("PUT", "/small.mp4", Fault.SLOW)
    store.strike("HEAD", "/playback.mp4", Fault.ERROR, Fault.RESET)
    room.worker()
    with room.upkeep():
        room.wait_until_ready(clip_id)
    room.check_published(clip_id)
    room.check_nothing_contradicts()
    assert store.to_come() == []


def test_a_store_that_is_away_for_longer_costs_an_attempt_and_not_the_clip(
    room: Backroom, store: FaultyStore, tmp_path: Path
) -> None:
    clip_id = room.send(film(tmp_path / "lesson.mp4", 1))
    store.is_down = True
    room.worker()
    wait_for(lambda: room.job(clip_id).wait_until is not None, room.said)
    assert room.clip(clip_id).state is ClipState.PROCESSING
    store.is_down = False
    with room.upkeep():
        room.wait_until_ready(clip_id)
    room.check_published(clip_id)
    room.check_nothing_contradicts()
