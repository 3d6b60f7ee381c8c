"""A folder for work under way is its process's while that lives, and nobody's as soon as it has died."""

import os
import signal
import time
from pathlib import Path

from veo_workflow import scratch

LONG = 3600


def test_what_a_killed_process_left_is_purged_at_once(tmp_path: Path) -> None:
    """A child makes a folder and is killed in it, as the power would."""
    child = os.fork()
    if child == 0:
        try:
            with scratch.folder_in(tmp_path, "clip") as folder:
                (folder / "lesson.mp4").write_bytes(b"x")
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    os.waitpid(child, 0)
    with scratch.folder_in(tmp_path, "clip") as held:
        assert len(list(tmp_path.iterdir())) == 2
        scratch.purge(tmp_path, others_older_than=LONG)
        assert list(tmp_path.iterdir()) == [held]
    assert list(tmp_path.iterdir()) == []


def test_what_was_never_held_goes_once_it_is_old(tmp_path: Path) -> None:
    for name in ("old", "young"):
        (tmp_path / name).mkdir()
        (tmp_path / f"{name}.tmp").write_bytes(b"x")
    before = time.time() - 2 * LONG
    for name in ("old", "old.tmp"):
        os.utime(tmp_path / name, (before, before))
    scratch.purge(tmp_path, others_older_than=LONG)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["young", "young.tmp"]
