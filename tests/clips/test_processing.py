"""From an uploaded file to renditions, with real ffmpeg: claimed once, published once, nothing left behind."""

import struct
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import BOTH_DATABASES
from tests.support import make_clips
from tests.support.camera import ffmpeg
from tests.support.statements import counted
from tests.support.waiting import wait_until
from tests.support.world import World
from veo_workflow.clips import operations, processing
from veo_workflow.clips.models import Clip, ClipState, Job, JobState, Purpose, Rendition, RenditionKind
from veo_workflow.clips.progress import tell, topic
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.database import now
from veo_workflow.errors import StorageFull, Unavailable
from veo_workflow.media import MediaFailure
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.storage import StoredObject
from workers.upkeep import one_round

Send = Callable[[Path], uuid.UUID]
SignIn = Callable[[Person | None], FlaskClient]


@dataclass(frozen=True)
class Held:
    """A clip that waits to be converted; `finish` lets it, and comes back when it has been."""

    clip_id: uuid.UUID
    finish: Callable[[], None]


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
    assert _clip(services, clip_id).state is ClipState.READY
    with services.database.reading() as session:
        published = {rendition.key for rendition in session.scalars(select(Rendition))}
    assert published
    assert published <= set(_keys(services))


@BOTH_DATABASES
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


@BOTH_DATABASES
def test_a_withdrawal_during_conversion_wins(services: Services, send: Send, lesson: Path, world: World) -> None:
    clip_id = send(lesson)
    claimed = _claim(services, clip_id)
    with services.database.transaction() as session:
        operations.withdraw(session, session.get_one(Clip, clip_id), by=world.asha)
    assert not _publish(services, claimed)
    one_round(services)
    assert _clip(services, clip_id).state is ClipState.WITHDRAWN
    assert _keys(services) == []


@BOTH_DATABASES
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
    quick = services.settings.model_copy(update={"lease": 60.0, "lease_renewal": 0.05})
    claimed = _claim(services, clip_id)
    before = _job(services).lease_until
    renewing = Services(**{**vars(services), "settings": quick})
    with processing._held(renewing, claimed, processing._clock() + 60) as still_held:
        wait_until(lambda: _job(services).lease_until != before)
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
    _claim(services, clip_id, lease=-1)
    services.redis.flushall()
    one_round(services)
    assert _job(services).state is JobState.QUEUED
    assert services.redis.llen("rq:queue:clips") == 1


@BOTH_DATABASES
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


# --- a preview, while it is converted


def _preview(services: Services) -> Rendition | None:
    with services.database.reading() as session:
        return session.scalar(select(Rendition).where(Rendition.kind == RenditionKind.PREVIEW))


def _status(browser: FlaskClient, clip_id: uuid.UUID, kind: str = "preview") -> int:
    return browser.get(f"/media/{clip_id}/{kind}", headers={"Range": "bytes=0-99"}).status_code


@pytest.fixture
def held(services: Services, send: Send, lesson: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """A clip whose attempt has published its preview, and waits at the door of the conversion until it is let in."""
    clip_id = send(lesson)
    arrived, go_on = threading.Event(), threading.Event()
    convert = processing.media.convert

    def waiting(*arguments: Any, **named: Any) -> Any:
        arrived.set()
        assert go_on.wait(60)
        return convert(*arguments, **named)

    monkeypatch.setattr(processing.media, "convert", waiting)
    worker = threading.Thread(target=processing.process, args=(services, clip_id))
    worker.start()
    assert arrived.wait(60)

    def finish() -> None:
        go_on.set()
        worker.join(60)

    yield Held(clip_id, finish)
    finish()


def test_it_can_be_watched_while_it_is_converted_and_on_the_timeline_it_will_have(
    services: Services, held: Held, client_for: SignIn, world: World
) -> None:
    clip, preview = _clip(services, held.clip_id), _preview(services)
    assert clip.state is ClipState.PROCESSING
    assert preview is not None
    assert preview.content_type.startswith('video/mp4; codecs="avc1.')
    assert (clip.duration_ms, clip.frames, clip.frame_rate) == (2000, 60, 30)
    assert services.events.last([topic(clip.id)])[topic(clip.id)]["watchable"] is True
    asha = client_for(world.asha)
    answer = asha.get(f"/media/{clip.id}/preview", headers={"Range": "bytes=4-7"})
    assert (answer.status_code, answer.data, answer.headers["Content-Type"]) == (206, b"ftyp", preview.content_type)
    assert _status(asha, clip.id, "playback") == 404
    held.finish()
    clip = _clip(services, held.clip_id)
    assert (clip.state, clip.frames, _preview(services)) == (ClipState.READY, 60, None)
    assert (_status(asha, clip.id), _status(asha, clip.id, "playback")) == (404, 206)
    assert not any(key.endswith("preview.mp4") for key in _keys(services))
    assert clip.rendition_bytes == sum(stored.size for stored in services.storage.list("clips/"))


def test_a_withdrawal_takes_the_preview_along_at_once(
    services: Services, held: Held, client_for: SignIn, world: World
) -> None:
    asha = client_for(world.asha)
    assert _status(asha, held.clip_id) == 206
    with services.database.transaction() as session:
        operations.withdraw(session, session.get_one(Clip, held.clip_id), by=world.asha)
    assert _status(asha, held.clip_id) == 404
    held.finish()
    one_round(services)
    assert (_preview(services), _keys(services)) == (None, [])


def test_a_store_without_room_for_a_preview_may_have_room_for_what_comes_of_it(
    services: Services, send: Send, lesson: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip_id = send(lesson)
    put = services.storage.put

    def full(key: str, source: Path, content_type: str) -> StoredObject:
        if key.endswith("preview.mp4"):
            raise StorageFull("The disk is full.")
        return put(key, source, content_type)

    monkeypatch.setattr(services.storage, "put", full)
    processing.process(services, clip_id)
    assert _clip(services, clip_id).state is ClipState.READY


def _with_preview(services: Services, claimed: operations.Claim, lesson: Path, lease: float = 60) -> bool:
    key = f"{processing.attempt_prefix(claimed)}preview.mp4"
    services.storage.put(key, lesson, "video/mp4")
    file = operations.Published(RenditionKind.PREVIEW, key, "video/mp4", lesson.stat().st_size, 320, 180)
    with services.database.transaction() as session:
        return operations.publish_preview(session, claimed, operations.Timeline(2000, 30, 1, 60, 320, 180), file, lease)


def test_a_clip_that_fails_leaves_no_preview(
    services: Services, send: Send, lesson: Path, client_for: SignIn, world: World
) -> None:
    clip_id = send(lesson)
    assert _with_preview(services, _claim(services, clip_id), lesson, lease=-1)
    claimed = _claim(services, clip_id)
    assert claimed.attempt == 2
    processing._fail(services, claimed, MediaFailure("Try again."))
    assert _clip(services, clip_id).state is ClipState.FAILED
    assert _status(client_for(world.asha), clip_id) == 404
    assert _preview(services) is None
    assert not any(key.endswith("preview.mp4") for key in _keys(services))


def test_a_clip_that_is_set_aside_leaves_no_preview(services: Services, send: Send, lesson: Path) -> None:
    clip_id = send(lesson)
    for _ in range(3):
        assert _with_preview(services, _claim(services, clip_id), lesson, lease=-1)
    one_round(services)
    assert _clip(services, clip_id).state is ClipState.QUARANTINED
    assert _preview(services) is None
    assert not any(key.endswith("preview.mp4") for key in _keys(services))


def test_the_preview_of_an_attempt_that_was_killed_is_watched_on_until_the_next_one_has_its_own(
    services: Services, send: Send, lesson: Path, client_for: SignIn, world: World
) -> None:
    clip_id, asha = send(lesson), client_for(world.asha)
    killed = _claim(services, clip_id)
    assert _with_preview(services, killed, lesson, lease=-1)
    one_round(services)
    assert (_job(services).state, _status(asha, clip_id)) == (JobState.QUEUED, 206)
    newer = _claim(services, clip_id)
    assert _with_preview(services, newer, lesson)
    preview = _preview(services)
    assert preview is not None
    assert preview.key == f"clips/{clip_id}/2/preview.mp4"
    assert not _with_preview(services, killed, lesson), "its token no longer counts"
    preview = _preview(services)
    assert preview is not None
    assert preview.key == f"clips/{clip_id}/2/preview.mp4"


def test_the_next_attempt_removes_what_the_killed_one_had_put_up_to_watch(
    services: Services, send: Send, lesson: Path
) -> None:
    clip_id = send(lesson)
    assert _with_preview(services, _claim(services, clip_id), lesson, lease=-1)
    processing.process(services, clip_id)
    assert _clip(services, clip_id).state is ClipState.READY
    assert all(key.startswith(f"clips/{clip_id}/2/") for key in _keys(services))


def test_a_file_that_arrived_damaged_is_never_shown(services: Services, send: Send, lesson: Path) -> None:
    clip_id = send(lesson)
    with services.database.transaction() as session:
        session.get_one(Clip, clip_id).sha256 = "0" * 64
    with counted(services.database.engine) as statements:
        processing.process(services, clip_id)
    assert not any("INSERT INTO renditions" in statement for statement in statements)
    assert _clip(services, clip_id).reason == processing.DAMAGED


def test_where_bytes_changed_on_the_way_that_is_said_and_not_what_they_look_like(
    services: Services, send: Send, tmp_path: Path
) -> None:
    clip_id = send(make_clips.make("text.mp4", tmp_path))
    with services.database.transaction() as session:
        session.get_one(Clip, clip_id).sha256 = "0" * 64
    processing.process(services, clip_id)
    assert _clip(services, clip_id).reason == processing.DAMAGED


# --- how far it has come


def test_after_a_reload_the_latest_word_is_there_at_once(
    services: Services, held: Held, client_for: SignIn, world: World
) -> None:
    tell(services.events, held.clip_id, stage="converting", fraction=0.432, seconds_left=130, watchable=True)
    asked = f"/api/clips/progress?id={held.clip_id}"
    (said,) = client_for(world.asha).get(asked).get_json()
    assert (said["stage"], said["fraction"], said["seconds_left"], said["watchable"]) == (
        "converting",
        0.432,
        130,
        True,
    )
    assert client_for(world.priya).get(asked).get_json() == [], "it is Asha's alone"
    services.redis.flushall()
    (said,) = client_for(world.asha).get(asked).get_json()
    assert (said["stage"], said["watchable"]) == ("converting", True)


def test_an_attempt_that_knows_of_no_preview_does_not_hide_an_earlier_ones(
    services: Services, send: Send, lesson: Path, client_for: SignIn, world: World
) -> None:
    clip_id = send(lesson)
    assert _with_preview(services, _claim(services, clip_id), lesson)
    tell(services.events, clip_id, stage="checking", fraction=0.0)
    (said,) = client_for(world.asha).get(f"/api/clips/progress?id={clip_id}").get_json()
    assert (said["stage"], said["watchable"]) == ("checking", True)


def test_several_clips_are_told_of_at_once_in_one_question(
    services: Services, send: Send, lesson: Path, client_for: SignIn, world: World, tmp_path: Path
) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(lesson.read_bytes() + struct.pack(">I4s", 8, b"free"))
    clips = [send(lesson), send(other)]
    claimed = [_claim(services, clip_id) for clip_id in clips]
    tell(services.events, clips[1], stage="converting", fraction=0.5, seconds_left=10)
    asha = client_for(world.asha)
    with counted(services.database.engine) as statements:
        said = {one["id"]: one for one in asha.get(f"/api/clips/progress?id={clips[0]}&id={clips[1]}").get_json()}
    assert [said[str(clip_id)]["fraction"] for clip_id in clips] == [0.0, 0.5]
    assert len([statement for statement in statements if "FROM clips" in statement]) == 1
    assert len(claimed) == 2
