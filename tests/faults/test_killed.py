"""Workers that are killed or frozen in the middle of a clip: it is ready once, and nobody goes on for nothing."""

import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.processes import is_alive
from tests.support.backroom import INTERVAL, LEASE, PATIENCE, Backroom, backroom, film, wait_for
from veo_workflow.clips.models import ClipState, JobState
from veo_workflow.clips.progress import topic
from veo_workflow.commands.lifeline import children_of


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a minute, so that there is a middle."""
    return film(tmp_path_factory.mktemp("lesson") / "lesson.mp4", 30)


@pytest.fixture
def sandbox() -> str:
    """As the machine has it, unless a test says otherwise."""
    return "auto"


@pytest.fixture
def room(tmp_path: Path, sandbox: str) -> Iterator[Backroom]:
    with backroom(tmp_path, sandbox=sandbox) as opened:
        yield opened


@pytest.mark.parametrize(("killed", "sandbox"), [("work-horse", "auto"), ("worker", "off"), ("both", "auto")])
def test_a_clip_whose_worker_is_killed_is_taken_up_within_lease_and_interval_and_published_once(
    room: Backroom, lesson: Path, killed: str
) -> None:
    room.slow()
    clip_id = room.send(lesson)
    worker = room.worker()
    with room.upkeep():
        encoders = room.wait_until_converting(clip_id)
        (horse,) = children_of(worker.pid)
        if killed != "work-horse":
            worker.kill()
        if killed != "worker":
            os.kill(horse, signal.SIGKILL)
        at = time.monotonic()
        room.quick()
        if killed != "work-horse":
            room.worker()
        began = time.monotonic() - at  # how long a new worker takes to begin is not ours to promise
        wait_for(lambda: not any(is_alive(pid) for pid in [horse, *encoders]))
        wait_for(lambda: room.job(clip_id).attempt > 1 and room.job(clip_id).state is not JobState.QUEUED)
        assert time.monotonic() - at < began + LEASE + INTERVAL + PATIENCE / 2
        room.wait_until_ready(clip_id)
    room.check_published(clip_id)
    room.check_nothing_contradicts()


def test_a_worker_that_loses_its_lease_stops_its_ffmpeg_and_goes_on_with_the_next_clip(
    room: Backroom, lesson: Path
) -> None:
    room.slow()
    clip_id = room.send(lesson)
    room.worker()
    encoders = room.wait_until_converting(clip_id)
    with room.services.database.transaction() as session:
        job = session.merge(room.job(clip_id))
        job.token, job.attempts_left = uuid.uuid4(), 2  # somebody else has it
    wait_for(lambda: not any(is_alive(pid) for pid in encoders))
    room.quick()
    with room.upkeep():  # and that somebody never comes back
        room.wait_until_ready(clip_id)
    room.check_published(clip_id)
    room.check_nothing_contradicts()


def test_a_frozen_worker_that_wakes_late_overwrites_nothing(room: Backroom, lesson: Path) -> None:
    room.slow()
    clip_id = room.send(lesson)
    frozen = room.worker()
    encoders = room.wait_until_converting(clip_id)
    (horse,) = children_of(frozen.pid)
    for pid in (frozen.pid, horse):
        os.kill(pid, signal.SIGSTOP)
    room.quick()
    room.worker()
    with room.upkeep():
        room.wait_until_ready(clip_id)
    room.check_published(clip_id)
    assert room.clip(clip_id).attempt > 1
    before = _published(room, clip_id)
    for pid in (frozen.pid, horse):
        os.kill(pid, signal.SIGCONT)
    wait_for(lambda: not any(is_alive(pid) for pid in [horse, *encoders]))
    room.check_published(clip_id)
    room.check_nothing_contradicts()
    assert _published(room, clip_id) == before
    wait_for(lambda: not list(room.settings.scratch.iterdir()))


def _published(room: Backroom, clip_id: uuid.UUID) -> list[tuple[str, str]]:
    return [(each.key, each.etag) for each in room.services.storage.list(f"clips/{clip_id}/")]


def test_a_clip_that_kills_its_worker_each_time_is_set_aside_its_owner_told_and_the_queue_goes_on(
    tmp_path: Path,
) -> None:
    deadly, harmless = (film(tmp_path / f"{seed}.mp4", 1, seed=seed) for seed in (1, 2))
    with backroom(tmp_path, sandbox="off", lease=2.0, lease_renewal=0.2) as room, room.upkeep():
        first = room.send(deadly)
        room.deadly(first)
        room.worker()
        room.wait_for_state(first, ClipState.QUARANTINED)
        second = room.send(harmless)
        room.wait_until_ready(second)
        assert room.job(first).attempt == 3
        told = "This clip stopped the converter each time it was tried, so it has been set aside."
        assert (room.clip(first).reason or "").startswith(told)
        heard = room.services.events.last([topic(first)])[topic(first)]
        assert (heard["stage"], heard["sentence"]) == ("failed", room.clip(first).reason)
