"""A clip is watched on a preview while it is converted, and how far it has come is told."""

import struct
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.clips.working import Send, SignIn, claim, clip_of, job_of, keys
from tests.support import make_clips
from tests.support.statements import counted
from tests.support.world import World
from veo_workflow.clips import attempts, jobs, operations, processing
from veo_workflow.clips.arrival import DAMAGED
from veo_workflow.clips.models import Clip, ClipState, JobState, Rendition, RenditionKind
from veo_workflow.clips.progress import tell, topic
from veo_workflow.errors import StorageFull
from veo_workflow.media import MediaFailure
from veo_workflow.services import Services
from veo_workflow.storage import StoredObject
from workers.upkeep import one_round

pytestmark = pytest.mark.usefixtures("remembering")


@dataclass(frozen=True)
class Held:
    """A clip that waits to be converted; `finish` lets it, and comes back when it has been."""

    clip_id: uuid.UUID
    finish: Callable[[], None]


def preview_of(services: Services) -> Rendition | None:
    with services.database.reading() as session:
        return session.scalar(select(Rendition).where(Rendition.kind == RenditionKind.PREVIEW))


def status(browser: FlaskClient, clip_id: uuid.UUID, kind: str = "preview") -> int:
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
    clip, preview = clip_of(services, held.clip_id), preview_of(services)
    assert clip.state is ClipState.PROCESSING
    assert preview is not None
    assert preview.content_type.startswith('video/mp4; codecs="avc1.')
    assert (clip.duration_ms, clip.frames, clip.frame_rate) == (2000, 60, 30)
    assert services.events.last([topic(clip.id)])[topic(clip.id)]["watchable"] is True
    asha = client_for(world.asha)
    answer = asha.get(f"/media/{clip.id}/preview", headers={"Range": "bytes=4-7"})
    assert (answer.status_code, answer.data, answer.headers["Content-Type"]) == (206, b"ftyp", preview.content_type)
    assert status(asha, clip.id, "playback") == 404
    held.finish()
    clip = clip_of(services, held.clip_id)
    assert (clip.state, clip.frames, preview_of(services)) == (ClipState.READY, 60, None)
    assert (status(asha, clip.id), status(asha, clip.id, "playback")) == (404, 206)
    assert not any(key.endswith("preview.mp4") for key in keys(services))
    assert clip.rendition_bytes == sum(stored.size for stored in services.storage.list("clips/"))


def test_a_withdrawal_takes_the_preview_along_at_once(
    services: Services, held: Held, client_for: SignIn, world: World
) -> None:
    asha = client_for(world.asha)
    assert status(asha, held.clip_id) == 206
    with services.database.transaction() as session:
        operations.withdraw(session, session.get_one(Clip, held.clip_id), by=world.asha)
    assert status(asha, held.clip_id) == 404
    held.finish()
    one_round(services)
    assert (preview_of(services), keys(services)) == (None, [])


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
    assert clip_of(services, clip_id).state is ClipState.READY


def with_preview(services: Services, claimed: jobs.Claim, lesson: Path, lease: float = 60) -> bool:
    key = f"{attempts.attempt_prefix(claimed)}preview.mp4"
    services.storage.put(key, lesson, "video/mp4")
    file = jobs.Published(RenditionKind.PREVIEW, key, "video/mp4", lesson.stat().st_size, 320, 180)
    with services.database.transaction() as session:
        return jobs.publish_preview(session, claimed, jobs.Timeline(2000, 30, 1, 60, 320, 180), file, lease)


def test_a_clip_that_fails_leaves_no_preview(
    services: Services, send: Send, lesson: Path, client_for: SignIn, world: World
) -> None:
    clip_id = send(lesson)
    assert with_preview(services, claim(services, clip_id), lesson, lease=-1)
    claimed = claim(services, clip_id)
    assert claimed.attempt == 2
    processing._fail(services, claimed, MediaFailure("Try again."))
    assert clip_of(services, clip_id).state is ClipState.FAILED
    assert status(client_for(world.asha), clip_id) == 404
    assert preview_of(services) is None
    assert not any(key.endswith("preview.mp4") for key in keys(services))


def test_a_clip_that_is_set_aside_leaves_no_preview(services: Services, send: Send, lesson: Path) -> None:
    clip_id = send(lesson)
    for _ in range(3):
        assert with_preview(services, claim(services, clip_id), lesson, lease=-1)
    one_round(services)
    assert clip_of(services, clip_id).state is ClipState.QUARANTINED
    assert preview_of(services) is None
    assert not any(key.endswith("preview.mp4") for key in keys(services))


def test_the_preview_of_an_attempt_that_was_killed_is_watched_on_until_the_next_one_has_its_own(
    services: Services, send: Send, lesson: Path, client_for: SignIn, world: World
) -> None:
    clip_id, asha = send(lesson), client_for(world.asha)
    killed = claim(services, clip_id)
    assert with_preview(services, killed, lesson, lease=-1)
    one_round(services)
    assert (job_of(services).state, status(asha, clip_id)) == (JobState.QUEUED, 206)
    newer = claim(services, clip_id)
    assert with_preview(services, newer, lesson)
    preview = preview_of(services)
    assert preview is not None
    assert preview.key == f"clips/{clip_id}/2/preview.mp4"
    assert not with_preview(services, killed, lesson), "its token no longer counts"
    preview = preview_of(services)
    assert preview is not None
    assert preview.key == f"clips/{clip_id}/2/preview.mp4"


def test_the_next_attempt_removes_what_the_killed_one_had_put_up_to_watch(
    services: Services, send: Send, lesson: Path
) -> None:
    clip_id = send(lesson)
    assert with_preview(services, claim(services, clip_id), lesson, lease=-1)
    processing.process(services, clip_id)
    assert clip_of(services, clip_id).state is ClipState.READY
    assert all(key.startswith(f"clips/{clip_id}/2/") for key in keys(services))


def test_a_file_that_arrived_damaged_is_never_shown(services: Services, send: Send, lesson: Path) -> None:
    clip_id = send(lesson)
    with services.database.transaction() as session:
        session.get_one(Clip, clip_id).sha256 = "0" * 64
    with counted(services.database.engine) as statements:
        processing.process(services, clip_id)
    assert not any("INSERT INTO renditions" in statement for statement in statements)
    assert clip_of(services, clip_id).reason == DAMAGED


def test_where_bytes_changed_on_the_way_that_is_said_and_not_what_they_look_like(
    services: Services, send: Send, tmp_path: Path
) -> None:
    clip_id = send(make_clips.make("text.mp4", tmp_path))
    with services.database.transaction() as session:
        session.get_one(Clip, clip_id).sha256 = "0" * 64
    processing.process(services, clip_id)
    assert clip_of(services, clip_id).reason == DAMAGED


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
    assert with_preview(services, claim(services, clip_id), lesson)
    tell(services.events, clip_id, stage="checking", fraction=0.0)
    (said,) = client_for(world.asha).get(f"/api/clips/progress?id={clip_id}").get_json()
    assert (said["stage"], said["watchable"]) == ("checking", True)


def test_several_clips_are_told_of_at_once_in_one_question(
    services: Services, send: Send, lesson: Path, client_for: SignIn, world: World, tmp_path: Path
) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(lesson.read_bytes() + struct.pack(">I4s", 8, b"free"))
    clips = [send(lesson), send(other)]
    claimed = [claim(services, clip_id) for clip_id in clips]
    tell(services.events, clips[1], stage="converting", fraction=0.5, seconds_left=10)
    asha = client_for(world.asha)
    with counted(services.database.engine) as statements:
        said = {one["id"]: one for one in asha.get(f"/api/clips/progress?id={clips[0]}&id={clips[1]}").get_json()}
    assert [said[str(clip_id)]["fraction"] for clip_id in clips] == [0.0, 0.5]
    assert len([statement for statement in statements if "FROM clips" in statement]) == 1
    assert len(claimed) == 2
