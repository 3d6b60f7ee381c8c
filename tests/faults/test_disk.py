"""A work folder that is full: the clip it is too small for fails plainly and can be tried again, the others go on."""

import subprocess
from pathlib import Path

import pytest

from tests.support.backroom import WORKER, backroom, film
from veo_workflow.clips import operations
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.media.run import DISK_FULL

# A disk of its own in a mount namespace of its own: only who is started in it sees it.
SMALL_DISK = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=600k tmpfs "$0" && exec "$@"')


def test_a_full_disk_is_a_clean_failure_that_can_be_tried_again_and_other_clips_go_on(tmp_path: Path) -> None:
    if subprocess.run([*SMALL_DISK, str(tmp_path), "true"], capture_output=True, check=False).returncode:
        pytest.skip("This account may not mount a small disk, even one that nobody else sees.")
    large, small = film(tmp_path / "large.mp4", 20, size="640x480"), film(tmp_path / "small.mp4", 1)
    with backroom(tmp_path) as room, room.upkeep():
        room.settings.scratch.mkdir(exist_ok=True)
        first, second = room.send(large), room.send(small)
        cramped = room.worker([*SMALL_DISK, str(room.settings.scratch), *WORKER])
        room.wait_for_state(first, ClipState.FAILED)
        room.wait_until_ready(second)
        assert room.clip(first).reason == DISK_FULL
        assert [each.key for each in room.services.storage.list(f"clips/{first}/")] == []
        room.check_published(second)
        cramped.kill()
        room.worker()
        with room.services.database.transaction() as session:
            operations.try_again(session, session.get_one(Clip, first), room.services.doorbell, by=room.world.asha)
        room.wait_until_ready(first)
        room.check_published(first)
        room.check_nothing_contradicts()
