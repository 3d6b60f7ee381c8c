"""A worker that dies between publishing a trim and deleting the rest: upkeep deletes it, on a disk and in a bucket."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.storage.drivers import Driver
from tests.support.camera import counter, ffmpeg, h264
from tests.support.counter import counters
from tests.support.world import World
from veo_workflow.clips import processing
from veo_workflow.clips.models import Clip, ClipState, Purpose, Rendition, RenditionKind
from veo_workflow.clips.uploads import upkeep as uploads
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.removal import ledger, operations
from veo_workflow.removal.rules import Trim
from veo_workflow.services import Services
from workers.upkeep import one_round

pytestmark = pytest.mark.usefixtures("remembering")


class Killed(BaseException):
    """The power goes."""


def test_what_was_trimmed_away_is_gone_even_if_the_worker_dies_before_it_deletes(
    services: Services, world: World, driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = tmp_path / "lesson.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x120:r=30:d=2", "-vf", counter(120), *h264(400), lesson)
    settings = services.settings.model_copy(update={"keep_originals": True})
    running = replace(services, settings=settings, storage=driver.storage)
    clip_id = add_file(running, world.asha, world.cycle.id, Purpose.PROGRESS, lesson, lambda _fraction: None)
    processing.process(running, clip_id)
    with services.database.transaction() as session:
        clip = session.get_one(Clip, clip_id)
        operations.trim(session, clip, Trim(20, 49, 0, 0), services.doorbell, by=world.asha)

    def dies(_key: str) -> None:
        raise Killed

    with monkeypatch.context() as during:
        during.setattr(driver.storage, "delete", dies)
        with pytest.raises(Killed):
            processing.process(running, clip_id)
    with services.database.reading() as session:
        assert session.get_one(Clip, clip_id).state is ClipState.READY
        kept = {rendition.kind: rendition.key for rendition in session.scalars(select(Rendition))}
    before = {stored.key for stored in driver.storage.list("")}
    assert f"uploads/{clip_id}/original" in before
    assert f"clips/{clip_id}/1/playback.mp4" in before

    monkeypatch.setattr(uploads, "ORPHANED_AFTER", timedelta(0))  # as if the upload had been an hour ago
    one_round(running)
    left = sorted(stored.key for stored in driver.storage.list(""))
    assert left == sorted([*kept.values(), ledger.CHANGES]), "and the note that it was trimmed"
    with driver.storage.local(kept[RenditionKind.PLAYBACK]) as playback:
        assert counters(playback) == list(range(20, 50))
