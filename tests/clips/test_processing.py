"""From an uploaded file to renditions, with real ffmpeg: claimed once, published once, nothing left behind."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support import make_clips
from tests.support.camera import ffmpeg
from tests.support.world import World
from veo_workflow.clips import operations, processing
from veo_workflow.clips.models import Clip, ClipState, Job, JobState, Purpose, Rendition, RenditionKind
from veo_workflow.clips.progress import topic
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.database import now
from veo_workflow.services import Services
from workers.upkeep import one_round

Send = Callable[[Path], uuid.UUID]


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of colour bars with a tone."""
    path = tmp_path_factory.mktemp("lesson") / "lesson.mp4"
    picture, sound = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=2"), ("-f", "lavfi", "-i", "sine=d=2")
    ffmpeg(*picture, *sound, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", path)
    return path


@pytest.fixture
def send(services: Services, world: World) -> Send:
    """Upload a file for Asha, as the command line does; it then waits in the queue."""

    def sent(path: Path) -> uuid.UUID:
        return add_file(services, world.asha, world.cycle.id, Purpose.PROGRESS, path, lambda _fraction: None)

    return sent


def _clip(services: Services, clip_id: uuid.UUID) -> Clip:
    with services.database.reading() as session:
        return session.get_one(Clip, clip_id)


def _job(services: Services) -> Job:
    with services.database.reading() as session:
        return session.scalars(select(Job)).one()


def _keys(services: Services) -> list[str]:
    return [stored.key for prefix in ("clips/", "uploads/") for stored in services.storage.list(prefix)]


def test_a_clip_becomes_ready_with_every_file_and_the_original_goes(
    services: Services, send: Send, lesson: Path
) -> None:
    clip_id = send(lesson)
    assert _clip(services, clip_id).state is ClipState.QUEUED
    processing.process(services, clip_id)
    clip = _clip(services, clip_id)
    assert (clip.state, clip.frames) == (ClipState.READY, 60)
    assert clip.frame_rate == 30
    assert (clip.width, clip.height) == (320, 180)
    with services.database.reading() as session:
        renditions = {r.kind: r for r in session.scalars(select(Rendition))}
    assert {RenditionKind.PLAYBACK, RenditionKind.SMALL, RenditionKind.POSTER} <= renditions.keys()
    assert sorted(_keys(services)) == sorted(r.key for r in renditions.values())
    assert clip.rendition_bytes == sum(stored.size for stored in services.storage.list("clips/"))
    assert services.events.last([topic(clip_id)])[topic(clip_id)]["stage"] == "ready"
    assert not list(services.settings.scratch.iterdir())


def test_the_same_bell_rung_twice_does_the_work_once(services: Services, send: Send, lesson: Path) -> None:
    clip_id = send(lesson)
    threads = [threading.Thread(target=processing.process, args=(services, clip_id)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    processing.process(services, clip_id)
    assert _job(services).attempt == 1
    assert _clip(services, clip_id).state is ClipState.READY


@pytest.mark.parametrize("name", ["text.mp4", "audio_only.m4a", "truncated_no_moov.mov"])
def test_a_file_that_is_no_clip_gets_one_sentence_and_leaves_nothing(
    name: str, services: Services, send: Send, lesson: Path, tmp_path: Path
) -> None:
    bad = send(make_clips.make(name, tmp_path).rename(tmp_path / "lesson.mp4"))
    processing.process(services, bad)
    clip = _clip(services, bad)
    assert clip.state is ClipState.FAILED
    assert clip.reason is not None
    assert clip.reason.endswith(".")
    assert "Traceback" not in clip.reason
    assert clip.original_bytes == 0
    assert _keys(services) == []
    good = send(lesson)
    processing.process(services, good)
    assert _clip(services, good).state is ClipState.READY


def test_bytes_that_changed_on_the_way_are_not_shown(services: Services, send: Send, lesson: Path) -> None:
    clip_id = send(lesson)
    with services.database.transaction() as session:
        session.get_one(Clip, clip_id).sha256 = "0" * 64
    processing.process(services, clip_id)
    clip = _clip(services, clip_id)
    assert (clip.state, clip.reason) == (ClipState.FAILED, processing.DAMAGED)


def _claim(services: Services, clip_id: uuid.UUID, lease: float = 60) -> operations.Claim:
    with services.database.transaction() as session:
        claimed = operations.claim(session, clip_id, lease)
    assert claimed is not None
    return claimed


MADE = operations.Made(2000, 30, 1, 60, 320, 180, None, "0" * 64)


def _publish(services: Services, claimed: operations.Claim) -> bool:
    with services.database.transaction() as session:
        return operations.publish(session, claimed, MADE, [], keep_original=False)


def test_a_withdrawal_during_conversion_wins(services: Services, send: Send, lesson: Path, world: World) -> None:
    clip_id = send(lesson)
    claimed = _claim(services, clip_id)
    with services.database.transaction() as session:
        operations.withdraw(session, session.get_one(Clip, clip_id), by=world.asha)
    assert not _publish(services, claimed)
    one_round(services)
    assert _clip(services, clip_id).state is ClipState.WITHDRAWN
    assert _keys(services) == []


def test_a_worker_that_wakes_late_cannot_publish_over_the_newer_attempt(
    services: Services, send: Send, lesson: Path
) -> None:
    clip_id = send(lesson)
    slow = _claim(services, clip_id, lease=-1)
    newer = _claim(services, clip_id)
    assert newer.attempt == 2
    with services.database.transaction() as session:
        assert not operations.renew(session, slow, 60)
    assert not _publish(services, slow)
    assert _publish(services, newer)


def test_the_lease_is_renewed_while_the_work_goes_on(services: Services, send: Send, lesson: Path) -> None:
    clip_id = send(lesson)
    quick = services.settings.model_copy(update={"lease": 2.0, "lease_renewal": 0.05})
    claimed = _claim(services, clip_id, lease=2)
    before = _job(services).lease_until
    renewing = Services(**{**vars(services), "settings": quick})
    with processing._held(renewing, claimed) as still_held:
        threading.Event().wait(0.4)
        after = _job(services).lease_until
        assert still_held()
        with services.database.transaction() as session:
            session.scalars(select(Job)).one().token = uuid.uuid4()
        threading.Event().wait(0.4)
        assert not still_held()
    assert before is not None
    assert after is not None
    assert after > before


def test_a_lost_bell_is_rung_again_and_a_dead_workers_job_is_taken_up(
    services: Services, send: Send, lesson: Path
) -> None:
    clip_id = send(lesson)
    services.redis.flushall()
    with services.database.transaction() as session:
        session.scalars(select(Job)).one().rung_at = now() - timedelta(minutes=5)
    one_round(services)
    assert services.redis.llen("rq:queue:clips") == 1
    _claim(services, clip_id, lease=-1)
    services.redis.flushall()
    one_round(services)
    assert _job(services).state is JobState.QUEUED
    assert services.redis.llen("rq:queue:clips") == 1


def test_a_clip_that_ends_every_attempt_is_set_aside_and_can_be_tried_again(
    services: Services, send: Send, lesson: Path, world: World
) -> None:
    clip_id = send(lesson)
    for _ in range(3):
        _claim(services, clip_id, lease=-1)
    one_round(services)
    clip = _clip(services, clip_id)
    assert (clip.state, _job(services).state) == (ClipState.QUARANTINED, JobState.QUARANTINED)
    assert clip.reason is not None
    with services.database.transaction() as session:
        operations.try_again(session, session.get_one(Clip, clip_id), services.doorbell, by=world.asha)
    processing.process(services, clip_id)
    assert _clip(services, clip_id).state is ClipState.READY


def test_what_a_killed_attempt_left_is_gone_once_the_clip_is_ready(
    services: Services, send: Send, lesson: Path
) -> None:
    clip_id = send(lesson)
    _claim(services, clip_id, lease=-1)
    services.storage.put(f"clips/{clip_id}/1/playback.mp4", lesson, "video/mp4")
    processing.process(services, clip_id)
    assert all(key.startswith(f"clips/{clip_id}/2/") for key in _keys(services))
