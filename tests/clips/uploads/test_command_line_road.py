"""A file of this machine takes the same road as one from a browser."""

from pathlib import Path

import pytest

from tests.clips.uploads.conftest import BOTH_DRIVERS, Kept, Rows
from tests.clips.uploads.sending import Sender, film, mark
from tests.support.world import World
from veo_workflow.clips.models import ClipState, Purpose, UploadState
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.errors import Conflict, InvalidInput, NotAllowed, UnsupportedType
from veo_workflow.services import Services


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "Coming in.mov"
    path.write_bytes(film())
    return path


@BOTH_DRIVERS
def test_a_file_becomes_a_queued_clip(services: Services, world: World, rows: Rows, kept: Kept, path: Path) -> None:
    heard: list[float] = []
    clip_id = add_file(services, world.asha, world.cycle.id, Purpose.BASELINE, path, heard.append, share=True)
    clip, upload = rows.clip(str(clip_id)), rows.upload(str(clip_id))
    assert clip is not None
    assert (clip.state, clip.title, clip.purpose) == (ClipState.QUEUED, "Coming in", Purpose.BASELINE)
    assert clip.shared_with_coach_at is not None
    assert (upload.state, upload.fingerprint) == (UploadState.COMPLETED, mark(film()))
    assert kept() == ([upload.key], [])
    assert kept.content(upload.key) == film()
    assert (heard[0], heard[-1]) == (0.0, 1.0)


def test_the_same_file_from_a_browser_is_a_duplicate(
    services: Services, world: World, asha: Sender, path: Path
) -> None:
    add_file(services, world.asha, world.cycle.id, Purpose.BASELINE, path, print)
    assert asha.ask(film()).json["error"] == "duplicate"
    with pytest.raises(Conflict):
        add_file(services, world.asha, world.cycle.id, Purpose.BASELINE, path, print)


def test_what_is_refused_leaves_nothing_behind(
    services: Services, world: World, rows: Rows, kept: Kept, path: Path, tmp_path: Path
) -> None:
    empty, words = tmp_path / "empty.mp4", tmp_path / "words.txt"
    empty.write_bytes(b"")
    words.write_text("not a film")
    for person, file, refusal in (
        (world.asha, empty, InvalidInput),
        (world.asha, words, UnsupportedType),
        (world.priya, path, NotAllowed),
    ):
        with pytest.raises(refusal):
            add_file(services, person, world.cycle.id, Purpose.BASELINE, file, print)
    assert (rows.clips(), kept()) == ([], ([], []))


def test_a_disk_that_fails_half_way_leaves_nothing_behind(
    services: Services, world: World, rows: Rows, kept: Kept, path: Path
) -> None:
    in_the_way = services.settings.data / "objects" / "uploads"
    in_the_way.write_bytes(b"a file where a folder has to be")
    with pytest.raises(OSError):  # noqa: PT011
        add_file(services, world.asha, world.cycle.id, Purpose.BASELINE, path, print)
    in_the_way.unlink()
    assert (rows.clips(), kept()) == ([], ([], []))
