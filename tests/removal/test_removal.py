"""What is withdrawn or has reached its day is gone: at once from every screen, soon from every disk."""

import os
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select

from tests.support.confirming import confirmed
from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips.models import Clip, ClipState, Rendition, Upload, UploadState
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.tags.models import Tag
from workers.upkeep import one_round

SignedIn = Callable[[Person | None], FlaskClient]


@pytest.fixture
def clip_id(services: Services, world: World, tmp_path: Path) -> uuid.UUID:
    """A shared, tagged clip with its files in storage, and a multipart upload that was never finished."""
    with services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
        make_tag(session, clip, world.priya, world.strategy)
        found = clip.id
    source = tmp_path / "file"
    source.write_bytes(b"x" * 1000)
    for name in ("playback.mp4", "poster.jpg"):
        services.storage.put(f"clips/{found}/1/{name}", source, "video/mp4")
    services.storage.put(f"uploads/{found}/original", source, "video/quicktime")
    services.storage.begin_parts(f"uploads/{found}/again", "video/quicktime")
    return found


def _keys(services: Services) -> list[str]:
    return [stored.key for prefix in ("clips/", "uploads/") for stored in services.storage.list(prefix)]


def test_a_withdrawn_clip_is_gone_from_every_screen_at_once(
    client_for: SignedIn, world: World, clip_id: uuid.UUID
) -> None:
    asha, priya = confirmed(client_for(world.asha)), client_for(world.priya)
    assert asha.post(f"/clips/{clip_id}/withdraw").status_code == 302
    for browser in (asha, priya):
        assert browser.get(f"/clips/{clip_id}").status_code == 404
        assert browser.get(f"/media/{clip_id}/playback").status_code == 404
        assert str(clip_id) not in browser.get(f"/cycles/{world.cycle.id}").get_data(as_text=True)


def test_deleting_for_good_asks_for_the_password_once_more(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID
) -> None:
    asha, page = client_for(world.asha), f"/clips/{clip_id}/withdraw"
    asked = asha.get(page)
    assert (asked.status_code, asked.headers["Location"]) == (302, f"/confirm?next={page}")
    assert asha.post(page).status_code == 403
    with services.database.transaction() as session:
        session.execute(insert(Upload).values(**_upload(clip_id, world), state=UploadState.COMPLETED))
    assert asha.delete(f"/api/uploads/{clip_id}").status_code == 403, "the way round by the upload"
    assert asha.get(f"/media/{clip_id}/playback").status_code == 200
    assert "Delete “Coming in after lunch” for good?" in confirmed(asha).get(page).get_data(as_text=True)
    assert asha.post(page).status_code == 302
    assert asha.get(f"/media/{clip_id}/playback").status_code == 404


def _upload(clip_id: uuid.UUID, world: World) -> dict[str, object]:
    return {
        "id": clip_id,
        "person_id": world.asha.id,
        "cycle_id": world.cycle.id,
        "idempotency_key": "once",
        "name": "lesson.mov",
        "size": 1000,
        "fingerprint": "1000-once",
        "part_size": 1000,
        "part_count": 1,
        "key": f"uploads/{clip_id}/original",
        "storage_upload": "x",
    }


def test_upkeep_erases_every_byte_and_word_and_leaves_a_tombstone(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID
) -> None:
    confirmed(client_for(world.asha)).post(f"/clips/{clip_id}/withdraw")
    one_round(services)
    assert _keys(services) == []
    assert list(services.storage.open_uploads("uploads/")) == []
    with services.database.reading() as session:
        clip = session.get_one(Clip, clip_id)
        assert (clip.state, clip.title) == (ClipState.WITHDRAWN, "")
        assert clip.erased_at is not None
        assert session.scalar(select(func.count()).select_from(Tag)) == 0
        assert session.scalar(select(func.count()).select_from(Rendition)) == 0


def test_an_interrupted_erasure_is_finished_by_the_next_round(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(client_for(world.asha)).post(f"/clips/{clip_id}/withdraw")
    deleted: list[str] = []
    delete = services.storage.delete

    def dies_at_the_second(key: str) -> None:
        if deleted:
            raise OSError("the power went")
        deleted.append(key)
        delete(key)

    monkeypatch.setattr(services.storage, "delete", dies_at_the_second)
    one_round(services)
    monkeypatch.undo()
    assert len(deleted) == 1
    assert _keys(services)
    one_round(services)
    assert _keys(services) == []


def test_a_clip_goes_by_itself_the_day_after_its_last(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID
) -> None:
    with services.database.transaction() as session:
        session.get_one(Clip, clip_id).delete_by = now().date() - timedelta(days=1)
    one_round(services)
    assert client_for(world.asha).get(f"/media/{clip_id}/playback").status_code == 404
    assert _keys(services) == []
    with services.database.reading() as session:
        assert session.get_one(Clip, clip_id).state is ClipState.EXPIRED


def test_nothing_else_is_touched(services: Services, world: World, clip_id: uuid.UUID) -> None:
    before = _keys(services)
    one_round(services)
    assert _keys(services) == before


def test_scratch_that_a_killed_worker_left_is_purged(services: Services) -> None:
    old, fresh = (services.settings.scratch / name for name in ("clip-old", "clip-fresh"))
    for folder in (old, fresh):
        folder.mkdir(parents=True)
    long_ago = time.time() - 7 * 3600
    os.utime(old, (long_ago, long_ago))
    one_round(services)
    assert not old.exists()
    assert fresh.exists()
