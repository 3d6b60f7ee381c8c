"""From an uploaded file to renditions, with real ffmpeg: claimed once, published once, nothing left behind."""

import threading
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.clips.working import Send, claim, clip_of, job_of, keys
from tests.conftest import BOTH_DATABASES
from tests.support import make_clips
from tests.support.waiting import wait_until
from tests.support.world import World
from veo_workflow.clips import jobs, operations, processing
from veo_workflow.clips.arrival import DAMAGED
from veo_workflow.clips.models import Clip, ClipState, Job, JobState, Rendition, RenditionKind
from veo_workflow.clips.progress import topic
from veo_workflow.database import now
from veo_workflow.errors import Unavailable
from veo_workflow.leases import clock
from veo_workflow.services import Services
from workers.upkeep import one_round

pytestmark = pytest.mark.usefixtures("remembering")

MADE = jobs.Made(2000, 30, 1, 60, 320, 180, None, "0" * 64)


def publish(services: Services, claimed: jobs.Claim) -> bool:
    with services.database.transaction() as session:
        return jobs.publish(session, claimed, MADE, [], keep_original=False)


def test_a_clip_becomes_ready_with_every_file_and_the_original_goes(
    services: Services, send: Send, lesson: Path
) -> None:
    clip_id = send(lesson)
    assert clip_of(services, clip_id).state is ClipState.QUEUED
    processing.process(services, clip_id)
    clip = clip_of(services, clip_id)
    assert (clip.state, clip.frames) == (ClipState.READY, 60)
    assert clip.frame_rate == 30
    assert (clip.width, clip.height) == (320, 180)
    with services.database.reading() as session:
        renditions = {r.kind: r for r in session.scalars(select(Rendition))}
    assert {RenditionKind.PLAYBACK, RenditionKind.SMALL, RenditionKind.POSTER} <= renditions.keys()
    assert sorted(keys(services)) == sorted(r.key for r in renditions.values())
    assert clip.rendition_bytes == sum(stored.size for stored in services.storage.list("clips/"))
    assert services.events.last([topic(clip_id)])[topic(clip_id)]["stage"] == "ready"
    assert not list(services.settings.scratch.iterdir())


def test_a_store_that_fails_after_the_clip_is_published_takes_nothing_of_it(
    services: Services, send: Send, lesson: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip_id = send(lesson)
    delete = services.storage.delete

    def does_not_answer(key: str) -> None:
        if key.endswith("original"):
            raise Unavailable("The store does not answer.")
        delete(key)

    monkeypatch.setattr(services.storage, "delete", does_not_answer)
    processing.process(services, clip_id)
    assert clip_of(services, clip_id).state is ClipState.READY
    with services.database.reading() as session:
        published = {rendition.key for rendition in session.scalars(select(Rendition))}
    assert published
    assert published <= set(keys(services))


@BOTH_DATABASES
def test_the_same_bell_rung_twice_does_the_work_once(services: Services, send: Send, lesson: Path) -> None:
    clip_id = send(lesson)
    threads = [threading.Thread(target=processing.process, args=(services, clip_id)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    processing.process(services, clip_id)
    assert job_of(services).attempt == 1
    assert clip_of(services, clip_id).state is ClipState.READY


@pytest.mark.parametrize("name", ["text.mp4", "audio_only.m4a", "truncated_no_moov.mov"])
def test_a_file_that_is_no_clip_gets_one_sentence_and_leaves_nothing(
    name: str, services: Services, send: Send, lesson: Path, tmp_path: Path
) -> None:
    bad = send(make_clips.make(name, tmp_path).rename(tmp_path / "lesson.mp4"))
    processing.process(services, bad)
    clip = clip_of(services, bad)
    assert clip.state is ClipState.FAILED
    assert clip.reason is not None
    assert clip.reason.endswith(".")
    assert "Traceback" not in clip.reason
    assert clip.original_bytes == 0
    assert keys(services) == []
    good = send(lesson)
    processing.process(services, good)
    assert clip_of(services, good).state is ClipState.READY


def test_bytes_that_changed_on_the_way_are_not_shown(services: Services, send: Send, lesson: Path) -> None:
    clip_id = send(lesson)
    with services.database.transaction() as session:
        session.get_one(Clip, clip_id).sha256 = "0" * 64
    processing.process(services, clip_id)
    clip = clip_of(services, clip_id)
    assert (clip.state, clip.reason) == (ClipState.FAILED, DAMAGED)


@BOTH_DATABASES
def test_a_withdrawal_during_conversion_wins(services: Services, send: Send, lesson: Path, world: World) -> None:
    clip_id = send(lesson)
    claimed = claim(services, clip_id)
    with services.database.transaction() as session:
        operations.withdraw(session, session.get_one(Clip, clip_id), by=world.asha)
    assert not publish(services, claimed)
    one_round(services)
    assert clip_of(services, clip_id).state is ClipState.WITHDRAWN
    assert keys(services) == []


@BOTH_DATABASES
def test_a_worker_that_wakes_late_cannot_publish_over_the_newer_attempt(
    services: Services, send: Send, lesson: Path
) -> None:
    clip_id = send(lesson)
    slow = claim(services, clip_id, lease=-1)
    newer = claim(services, clip_id)
    assert newer.attempt == 2
    with services.database.transaction() as session:
        assert not jobs.renew(session, slow, 60)
    assert not publish(services, slow)
    assert publish(services, newer)


def test_the_lease_is_renewed_while_the_work_goes_on(services: Services, send: Send, lesson: Path) -> None:
    clip_id = send(lesson)
    quick = services.settings.model_copy(update={"lease": 60.0, "lease_renewal": 0.05})
    claimed = claim(services, clip_id)
    before = job_of(services).lease_until
    renewing = Services(**{**vars(services), "settings": quick})
    with processing._held(renewing, claimed, clock() + 60) as still_held:
        wait_until(lambda: job_of(services).lease_until != before)
        assert still_held()
        with services.database.transaction() as session:
            session.scalars(select(Job)).one().token = uuid.uuid4()
        wait_until(lambda: not still_held())


@BOTH_DATABASES
def test_a_lost_bell_is_rung_again_and_a_dead_workers_job_is_taken_up(
    services: Services, send: Send, lesson: Path
) -> None:
    clip_id = send(lesson)
    services.redis.flushall()
    with services.database.transaction() as session:
        session.scalars(select(Job)).one().rung_at = now() - timedelta(minutes=5)
    one_round(services)
    assert services.redis.llen("rq:queue:clips") == 1
    claim(services, clip_id, lease=-1)
    services.redis.flushall()
    one_round(services)
    assert job_of(services).state is JobState.QUEUED
    assert services.redis.llen("rq:queue:clips") == 1


@BOTH_DATABASES
def test_a_clip_that_ends_every_attempt_is_set_aside_and_can_be_tried_again(
    services: Services, send: Send, lesson: Path, world: World
) -> None:
    clip_id = send(lesson)
    for _ in range(3):
        claim(services, clip_id, lease=-1)
    one_round(services)
    clip = clip_of(services, clip_id)
    assert (clip.state, job_of(services).state) == (ClipState.QUARANTINED, JobState.QUARANTINED)
    assert clip.reason is not None
    with services.database.transaction() as session:
        operations.try_again(session, session.get_one(Clip, clip_id), services.doorbell, by=world.asha)
    processing.process(services, clip_id)
    assert clip_of(services, clip_id).state is ClipState.READY


def test_what_a_killed_attempt_left_is_gone_once_the_clip_is_ready(
    services: Services, send: Send, lesson: Path
) -> None:
    clip_id = send(lesson)
    claim(services, clip_id, lease=-1)
    services.storage.put(f"clips/{clip_id}/1/playback.mp4", lesson, "video/mp4")
    processing.process(services, clip_id)
    assert all(key.startswith(f"clips/{clip_id}/2/") for key in keys(services))
