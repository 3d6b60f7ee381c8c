"""A hold keeps the bytes: the original too of a clip that is held before it has been converted (SAFEGUARDING B3)."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.camera import counter, ffmpeg, h264
from tests.support.world import World
from veo_workflow.clips import processing
from veo_workflow.clips.models import Clip, ClipState, Purpose
from veo_workflow.clips.uploads import upkeep as uploads
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.invariants.checks import check_invariants
from veo_workflow.people.models import Person
from veo_workflow.removal.holds import operations as holds
from veo_workflow.removal.holds.models import Hold, Wish
from veo_workflow.services import Services
from workers.upkeep import one_round

pytestmark = pytest.mark.parametrize("database", ["sqlite"])
REASON = "A parent has asked about the end of this lesson."


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    path = tmp_path / "lesson.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x120:r=30:d=1", "-vf", counter(120), *h264(400), path)
    return path


def held_while_it_waits(services: Services, world: World, file: Path) -> uuid.UUID:
    clip_id = add_file(services, world.asha, world.cycle.id, Purpose.PROGRESS, file, lambda _fraction: None)
    with services.database.transaction() as session:
        sid = session.get_one(Person, world.sid.id)
        holds.place(session, session.get_one(Clip, clip_id), REASON, is_told=True, by=sid)
    return clip_id


def lift(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        sid, tess = session.get_one(Person, world.sid.id), session.get_one(Person, world.tess.id)
        hold = session.query(Hold).one()
        asked = holds.ask(session, hold, Wish.LIFT, REASON, second=tess, concerned=[], by=sid)
        holds.answer(session, asked, agreed=True, by=tess)


def originals(services: Services) -> list[str]:
    return [stored.key for stored in services.storage.list("uploads/")]


def row(services: Services, clip_id: uuid.UUID) -> Clip:
    with services.database.reading() as session:
        return session.get_one(Clip, clip_id)


def test_a_clip_held_while_it_is_converted_keeps_its_original(
    services: Services, world: World, lesson: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "ORPHANED_AFTER", timedelta(0))  # as if the upload had been an hour ago
    clip_id = held_while_it_waits(services, world, lesson)
    processing.process(services, clip_id)
    one_round(services)
    assert row(services, clip_id).state is ClipState.READY
    assert originals(services) == [f"uploads/{clip_id}/original"] == [row(services, clip_id).original_key]
    with services.storage.local(f"uploads/{clip_id}/original") as path:
        assert path.read_bytes() == lesson.read_bytes()
    assert [str(each) for each in check_invariants(services)] == []
    lift(services, world)
    one_round(services)
    assert originals(services) == []
    assert [str(each) for each in check_invariants(services)] == []


def test_a_held_file_that_is_no_film_stays_as_it_came(
    services: Services, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "ORPHANED_AFTER", timedelta(0))
    file = tmp_path / "lesson.mp4"
    file.write_bytes(b"A register of names" * 100)
    clip_id = held_while_it_waits(services, world, file)
    processing.process(services, clip_id)
    one_round(services)
    assert row(services, clip_id).state is ClipState.FAILED
    assert originals(services) == [f"uploads/{clip_id}/original"]
    lift(services, world)
    one_round(services)
    assert originals(services) == []
