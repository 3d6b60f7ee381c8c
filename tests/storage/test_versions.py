"""A bucket that keeps what is deleted: of what we remove it keeps nothing."""

import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.storage.drivers import MIB, S3Driver, random_parts, send_all
from tests.support import versioned
from tests.support.camera import counter, ffmpeg, h264
from tests.support.swift_s3 import Store
from tests.support.world import World
from veo_workflow.clips import operations as clips
from veo_workflow.clips import processing
from veo_workflow.clips.models import Clip, Purpose, Rendition
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.cycles.attachments import upkeep as attachments
from veo_workflow.removal import operations
from veo_workflow.removal.rules import Trim
from veo_workflow.services import Services
from veo_workflow.storage.s3 import S3Storage
from workers.upkeep import one_round

POSTER = "clips/0198c0de/1/poster.jpg"
CLEAR = "clips/0198c0de/1/poster.jpg.small"


def opened(store: Store, name: str, tmp_path: Path) -> S3Storage:
    return S3Storage(
        bucket=name,
        endpoint=store.endpoint,
        public_origin=store.endpoint,
        region=store.region,
        access_key=store.access_key,
        secret=store.secret_key,
        scratch=tmp_path / "scratch",
    )


@pytest.fixture
def name(swift: Store) -> str:
    """A bucket of the test's own, which keeps nothing yet."""
    name = f"veo-{uuid.uuid4()}"
    versioned.client(swift).create_bucket(Bucket=name)
    return name


def put(storage: S3Storage, key: str, folder: Path, times: int = 1) -> None:
    source = folder / "source"
    for n in range(times):
        source.write_bytes(b"%d" % n)
        storage.put(key, source, "video/mp4")


def test_a_deleted_object_leaves_neither_versions_nor_marks_and_its_neighbour_keeps_its_own(
    swift: Store, name: str, tmp_path: Path
) -> None:
    storage = opened(swift, name, tmp_path)
    put(storage, POSTER, tmp_path)
    versioned.keep_versions(swift, name)
    put(storage, POSTER, tmp_path, times=11)  # with the first, more than the store lists on a page
    put(storage, CLEAR, tmp_path, times=2)
    by_hand = versioned.client(swift)
    for key in (POSTER, CLEAR, "clips/0198c0de/1/never"):
        by_hand.delete_object(Bucket=name, Key=key)
    assert len(versioned.kept_in(swift, name)) == 12 + 1 + 2 + 1 + 1
    assert list(storage.keys_left("clips/")) == ["clips/0198c0de/1/never", POSTER, CLEAR]

    storage.delete(POSTER)
    storage.delete("clips/0198c0de/1/never")
    assert versioned.kept_in(swift, name) == [CLEAR, CLEAR, CLEAR]
    versioned.keep_versions(swift, name, "Suspended")
    opened(swift, name, tmp_path).delete(CLEAR)
    assert versioned.kept_in(swift, name) == []


def test_a_bucket_is_asked_once_and_its_answer_tells_when_it_begins_to_keep_versions(
    swift: Store, name: str, tmp_path: Path
) -> None:
    storage = opened(swift, name, tmp_path)
    asked: list[str] = []
    for key in ("a", "b", "c"):
        put(storage, key, tmp_path)
    storage._store.meta.events.register("before-call.s3", lambda model, **_: asked.append(model.name))
    storage.delete("a")
    storage.delete("b")
    assert asked == ["GetBucketVersioning", "DeleteObject", "DeleteObject"]
    versioned.keep_versions(swift, name)
    put(storage, "c", tmp_path)
    storage.delete("c")
    assert versioned.kept_in(swift, name) == []


def test_what_a_trim_cuts_off_a_removed_photo_and_a_withdrawn_clip_are_gone_in_every_version(
    services: Services, swift: Store, name: str, world: World, tmp_path: Path
) -> None:
    versioned.keep_versions(swift, name)
    storage = opened(swift, name, tmp_path)
    lesson = tmp_path / "lesson.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x120:r=30:d=2", "-vf", counter(120), *h264(400), lesson)
    settings = services.settings.model_copy(update={"keep_originals": True})
    running = replace(services, settings=settings, storage=storage)
    clip_id = add_file(running, world.asha, world.cycle.id, Purpose.PROGRESS, lesson, lambda _fraction: None)
    processing.process(running, clip_id)
    with services.database.transaction() as session:
        clip = session.get_one(Clip, clip_id)
        operations.trim(session, clip, Trim(20, 49, 0, 0), services.doorbell, by=world.asha)
    processing.process(running, clip_id)
    with services.database.reading() as session:
        assert versioned.kept_in(swift, name) == sorted(session.scalars(select(Rendition.key)))

    put(storage, "evidence/0198/photo.jpg", tmp_path, times=2)
    attachments.forget(running, ["evidence/0198/photo.jpg"])
    sent = storage.begin_parts(f"uploads/{clip_id}/original", "video/mp4")
    send_all(S3Driver(storage), sent, random_parts(5 * MIB, 7), f"uploads/{clip_id}/original")
    storage.join_parts(f"uploads/{clip_id}/original", sent, storage.list_parts(f"uploads/{clip_id}/original", sent))
    again = storage.begin_parts(f"uploads/{clip_id}/original", "video/mp4")
    send_all(S3Driver(storage), again, random_parts(7), f"uploads/{clip_id}/original")
    put(storage, f"clips/{clip_id}/2/poster.jpg", tmp_path, times=2)
    by_hand = versioned.client(swift)
    by_hand.delete_object(Bucket=name, Key=f"clips/{clip_id}/2/playback.mp4")
    with services.database.transaction() as session:
        clips.withdraw(session, session.get_one(Clip, clip_id), by=world.asha)
    one_round(running)
    assert versioned.kept_in(swift, name) == [f"erasures/{clip_id}"]
    assert list(storage.open_uploads("")) == []
    assert [path for path in settings.scratch.rglob("*") if path.is_file()] == []


def test_what_was_replaced_is_removed_and_what_stands_or_was_deleted_is_not(
    swift: Store, name: str, tmp_path: Path
) -> None:
    storage = opened(swift, name, tmp_path)
    put(storage, POSTER, tmp_path, times=3)
    assert storage.delete_older("clips/") == 0
    versioned.keep_versions(swift, name)
    put(storage, POSTER, tmp_path, times=12)  # more than the store lists on a page
    put(storage, CLEAR, tmp_path, times=2)
    put(storage, "other/object", tmp_path, times=2)
    versioned.client(swift).delete_object(Bucket=name, Key=CLEAR)
    storage = opened(swift, name, tmp_path)
    assert storage.delete_older("clips/") == 12
    assert versioned.kept_in(swift, name) == [POSTER, CLEAR, CLEAR, CLEAR, "other/object", "other/object"]
    with storage.local(POSTER) as path:
        assert path.read_bytes() == b"11", "the last that was put"
