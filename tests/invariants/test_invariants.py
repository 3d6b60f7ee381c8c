"""What contradicts what is found and said; what is on its way, or as it should be, is not."""

import os
import shutil
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.camera import ffmpeg
from tests.support.world import World, make_clip, make_tag
from veo_workflow import scratch
from veo_workflow.clips import jobs, operations, processing
from veo_workflow.clips.models import (
    Clip,
    ClipShare,
    ClipState,
    Job,
    JobState,
    Purpose,
    Rendition,
    RenditionKind,
    Upload,
)
from veo_workflow.clips.uploads import operations as uploads
from veo_workflow.clips.uploads.rules import Wanted
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import new_id, now
from veo_workflow.invariants import checks, queries
from veo_workflow.invariants.checks import check_invariants
from veo_workflow.removal.operations import erase
from veo_workflow.services import Services
from veo_workflow.tags.models import Tag

HOUR = timedelta(hours=1)
Change = Callable[[Services, Clip], None]


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lesson") / "lesson.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x120:r=30:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p", path)
    return path


@pytest.fixture
def clip(services: Services, world: World, tmp_path: Path) -> Clip:
    """A ready clip with its files, its job and a tag."""
    with services.database.transaction() as session:
        made = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
        make_tag(session, made, world.priya, world.strategy)
        session.add(Job(clip_id=made.id, state=JobState.DONE, attempt=1))
    file = tmp_path / "file"
    file.write_bytes(b"x" * 500)
    for name in ("playback.mp4", "poster.jpg", "stills/17.jpg"):
        services.storage.put(f"clips/{made.id}/1/{name}", file, "video/mp4")
    return made


def said(services: Services, **patience: timedelta) -> str:
    return "\n".join(str(each) for each in check_invariants(services, **patience))


def wanted(world: World, size: int = 1000) -> Wanted:
    return Wanted(world.cycle.id, Purpose.PROGRESS, "a.mov", size, "video/quicktime", f"{size}-{new_id()}", False)


def test_nothing_contradicts_on_the_whole_road_of_a_clip(services: Services, world: World, lesson: Path) -> None:
    assert said(services) == ""
    uploads.begin(services, world.asha, wanted(world), "a key of its own")
    assert said(services) == ""
    made = uploads.add_file(services, world.asha, world.cycle.id, Purpose.PROGRESS, lesson, lambda _fraction: None)
    assert said(services) == ""
    processing.process(services, made)
    assert said(services) == ""
    with services.database.transaction() as session:
        operations.keep_span(session, session.get_one(Clip, made), 3, 20, services.doorbell)
    assert said(services) == ""
    processing.process(services, made)
    assert said(services) == ""
    with services.database.transaction() as session:
        operations.withdraw(session, session.get_one(Clip, made), by=world.asha)
    assert said(services, patience=HOUR) == ""
    erase(services, made)
    assert said(services) == ""


def set_clip(**values: object) -> Change:
    def change(services: Services, clip: Clip) -> None:
        with services.database.transaction() as session:
            for name, value in values.items():
                setattr(session.get_one(Clip, clip.id), name, value)

    return change


def set_job(**values: object) -> Change:
    def change(services: Services, clip: Clip) -> None:
        with services.database.transaction() as session:
            job = session.scalars(select(Job).where(Job.clip_id == clip.id)).one()
            for name, value in values.items():
                setattr(job, name, value)

    return change


def both(*changes: Change) -> Change:
    def change(services: Services, clip: Clip) -> None:
        for each in changes:
            each(services, clip)

    return change


def without(kind: RenditionKind) -> Change:
    def change(services: Services, clip: Clip) -> None:
        with services.database.transaction() as session:
            session.delete(
                session.scalars(select(Rendition).where(Rendition.clip_id == clip.id, Rendition.kind == kind)).one()
            )

    return change


def with_share(**values: object) -> Change:
    def change(services: Services, clip: Clip) -> None:
        with services.database.transaction() as session:
            session.add(ClipShare(**{"clip_id": clip.id, "until": clip.delete_by, **values}))

    return change


def set_tag(**values: int) -> Change:
    def change(services: Services, clip: Clip) -> None:
        with services.database.transaction() as session:
            for name, value in values.items():
                setattr(session.scalars(select(Tag).where(Tag.clip_id == clip.id)).one(), name, value)

    return change


def put(key: str) -> Change:
    def change(services: Services, clip: Clip) -> None:
        services.storage.put(key.format(clip=clip.id, other=new_id()), Path(__file__), "video/mp4")

    return change


def begin_parts(key: str) -> Change:
    def change(services: Services, clip: Clip) -> None:
        services.storage.begin_parts(key.format(clip=clip.id), "video/mp4")

    return change


def bell_for(kind: str, row: uuid.UUID | None = None) -> Change:
    def change(services: Services, clip: Clip) -> None:
        services.doorbell.ring("clip", row or new_id(), 1)
        if kind != "clip":
            (job_id,) = services.redis.lrange("rq:queue:clips", 0, -1)
            services.redis.hset(f"rq:job:{job_id.decode()}", "data", b'["os.system", null, ["true"], {}]')

    return change


LOST = {"token": uuid.uuid4(), "state": JobState.RUNNING}
CONTRADICTIONS: dict[str, tuple[Change, str]] = {
    "no playback": (without(RenditionKind.PLAYBACK), "is ready and has no playback"),
    "another attempt's files": (set_clip(attempt=2), "of another attempt"),
    "no timeline": (set_clip(frames=None), "is ready and has no length"),
    "quota": (set_clip(rendition_bytes=7), "counts 7 bytes of renditions, and they have 1000"),
    "no original any more": (set_clip(original_bytes=7), "counts 7 bytes of an original"),
    "original lost": (set_clip(original_key="uploads/x/original", original_bytes=9), "uploads/x/original is missing"),
    "queued for nobody": (set_clip(state=ClipState.QUEUED), "is queued, but its job is done"),
    "ready and queued": (set_job(state=JobState.QUEUED), "is ready, but its job is queued"),
    "lost lease": (
        both(set_clip(state=ClipState.PROCESSING), set_job(**LOST, lease_until=now() - HOUR)),
        "whose lease ran out at",
    ),
    "no token": (both(set_clip(state=ClipState.PROCESSING), set_job(state=JobState.RUNNING)), "and no token"),
    "no reason": (
        both(set_clip(state=ClipState.FAILED, original_key="k"), set_job(state=JobState.FAILED)),
        "is failed without a reason",
    ),
    "trim for nobody": (set_clip(kept_from=3, kept_to=9), "is to be trimmed, and nobody will do it"),
    "trim beyond": (set_clip(kept_from=3, kept_to=9000), "frames 3 to 9000, which it does not have"),
    "half a trim": (set_clip(kept_from=3), "a span with one end"),
    "past its day": (set_clip(delete_by=now().date() - timedelta(days=2)), "should have been deleted after"),
    "withdrawn long ago": (set_clip(state=ClipState.WITHDRAWN, ended_at=now() - 2 * HOUR), "and not erased"),
    "words of the erased": (
        set_clip(state=ClipState.WITHDRAWN, ended_at=now(), erased_at=now()),
        "has been erased, and still has a title",
    ),
    "share past its day": (with_share(until=now().date() - timedelta(days=2)), "which should have ended after"),
    "share past its clip": (with_share(until=now().date() + timedelta(days=300)), "and is deleted on"),
    "share of frames beyond": (with_share(first_frame=9, last_frame=9000), "of frames 9 to 9000"),
    "share of half a moment": (with_share(first_frame=9), "of a moment with one end"),
    "shared film lost": (with_share(first_frame=9, last_frame=90, film_key="clips/x/1/moments/9-90.mp4"), "is missing"),
    "film of an ended share": (with_share(revoked_at=now() - 2 * HOUR, film_key="k"), "and still has a film"),
    "tag after the end": (set_tag(end_ms=61_017), "which are not its clip's frames"),
    "tag between frames": (set_tag(pressed_ms=10_000), "which are not its clip's frames"),
    "object of a lost attempt": (put("clips/{clip}/2/playback.mp4"), "No row speaks of the object"),
    "preview left behind": (put("clips/{clip}/1/preview.mp4"), "No row speaks of the object"),
    "original left behind": (put("uploads/{clip}/original"), "No row speaks of the object"),
    "object of nobody": (put("clips/{other}/1/playback.mp4"), "No row speaks of the object"),
    "object of another size": (put("clips/{clip}/1/playback.mp4"), "bytes, and its row says 500"),
    "large file half put": (begin_parts("clips/{clip}/2/playback.mp4"), "that is open in storage for clips/"),
    "a strange name": (put("clips/lesson/1/playback.mp4"), "Nothing of ours is named like"),
    "bell for no clip": (bell_for("clip"), "which is not there"),
    "bell for no work": (bell_for("other"), "for nothing this version knows"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_contradiction_is_named(name: str, services: Services, clip: Clip) -> None:
    change, sentence = CONTRADICTIONS[name]
    assert said(services) == ""
    change(services, clip)
    assert sentence in said(services)


def test_a_missing_object_is_named_with_its_key(services: Services, clip: Clip) -> None:
    services.storage.delete(f"clips/{clip.id}/1/poster.jpg")
    assert said(services) == f"The object clips/{clip.id}/1/poster.jpg is missing."


def test_an_upload_has_its_parts_and_parts_have_their_upload(services: Services, world: World) -> None:
    upload, _ = uploads.begin(services, world.asha, wanted(world), "a key of its own")
    services.storage.abort_parts(upload.key, upload.storage_upload)
    assert "storage has neither its parts nor the whole" in said(services)
    services.storage.begin_parts(upload.key, "video/mp4")
    assert "No row speaks of the upload" in said(services)
    with services.database.transaction() as session:
        session.delete(session.get_one(Clip, upload.id))
    assert f"Upload {upload.id} is open, and its clip is not there." in said(services)


def test_an_upload_that_nobody_ends_is_named(services: Services, world: World) -> None:
    upload, _ = uploads.begin(services, world.asha, wanted(world), "a key of its own")
    with services.database.transaction() as session:
        session.get_one(Upload, upload.id).last_activity_at = now() - timedelta(days=3)
    assert "nobody came back for" in said(services)


def test_what_is_young_may_be_on_its_way(services: Services, clip: Clip) -> None:
    put("clips/{clip}/2/playback.mp4")(services, clip)
    set_tag()(services, clip)
    services.storage.begin_parts(f"uploads/{new_id()}/original", "video/mp4")
    assert said(services, patience=HOUR) == ""


def test_what_the_attempt_under_way_puts_is_not_named(services: Services, clip: Clip) -> None:
    with services.database.transaction() as session:
        operations.keep_span(session, session.get_one(Clip, clip.id), 0, 899, services.doorbell)
        jobs.claim(session, clip.id, 60)
    put("clips/{clip}/2/playback.mp4")(services, clip)
    assert said(services) == ""
    put("clips/{clip}/3/playback.mp4")(services, clip)
    assert "No row speaks of the object" in said(services)


def test_a_scratch_folder_is_somebodys_while_its_process_lives(services: Services) -> None:
    with scratch.folder_in(services.settings.scratch, "clip") as held:
        assert said(services) == ""
        left = held.with_name(held.name + "x")
        left.mkdir()
        assert said(services) == f"The scratch folder {left.name} is nobody's."
        assert said(services, patience=HOUR) == ""
        os.utime(left, (time.time() - 7200,) * 2)
        assert said(services, patience=HOUR) != ""
        scratch.purge(services.settings.scratch, others_older_than=3600)
        assert (left.exists(), held.exists()) == (False, True)


def test_everything_is_gone_through_in_batches(
    services: Services, clip: Clip, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "AT_ONCE", 2)
    monkeypatch.setattr(queries, "AT_ONCE", 2)
    with services.database.transaction() as session:
        made = [make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha) for _ in range(7)]
        for each in made:
            make_tag(session, each, world.priya, world.strategy)
    for each in made[1:]:
        for rendition in ("playback.mp4", "poster.jpg"):
            target = services.settings.objects / f"clips/{each.id}/1"
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(services.settings.objects / f"clips/{clip.id}/1/playback.mp4", target / rendition)
    seen: list[int] = []
    found = check_invariants(services, on_progress=seen.append)
    assert sorted(str(each) for each in found) == [
        f"The object clips/{made[0].id}/1/{name} is missing." for name in ("playback.mp4", "poster.jpg")
    ]
    assert max(seen) == 8


def test_what_is_mended_between_two_looks_is_not_named(
    services: Services, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clip(rendition_bytes=7)(services, clip)
    mend = set_clip(rendition_bytes=1000)
    assert check_invariants(services)
    assert check_invariants(services, on_progress=lambda _clips: mend(services, clip)) == []
