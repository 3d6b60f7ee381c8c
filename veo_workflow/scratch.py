"""Folders for work under way. Each is held by a lock while its process lives, so what nobody holds is nobody's.

A killed worker's folder may hold a whole lesson: it must not lie there until it looks old enough.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from veo_workflow.crashing import Point, reached

OURS = "work-"
LONG_AGO = 6 * 3600.0  # seconds


@contextlib.contextmanager
def folder_in(scratch: Path, what: str) -> Iterator[Path]:
    """A fresh folder of this process's own for the time of the block; `what` is for people who look into `scratch`."""
    with contextlib.ExitStack() as held:
        scratch.mkdir(parents=True, exist_ok=True)
        with _locked(scratch, fcntl.LOCK_EX):  # between making a folder and holding it, nobody looks
            folder = Path(tempfile.mkdtemp(prefix=f"{OURS}{what}-", dir=scratch))
            held.callback(shutil.rmtree, folder, ignore_errors=True)
            held.enter_context(_locked(folder, fcntl.LOCK_EX))
        yield folder


def abandoned(scratch: Path) -> list[Path]:
    """Folders whose process has died."""
    if not scratch.exists():
        return []
    with _locked(scratch, fcntl.LOCK_EX):
        return [folder for folder in scratch.glob(f"{OURS}*") if not _is_held(folder)]


def purge(scratch: Path, *, others_older_than: float = LONG_AGO) -> int:
    """Remove what nobody holds, and of what was never held (`TMPDIR` is here too) what is older, in seconds.

    Returns how many dead processes' folders there were.
    """
    left = abandoned(scratch)
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
        reached(Point.SCRATCH_PURGED)
    before = time.time() - others_older_than
    for path in scratch.glob("*"):
        with contextlib.suppress(OSError):  # gone by now, or not ours to remove
            if not path.name.startswith(OURS) and path.stat().st_mtime < before:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    return len(left)


def _is_held(folder: Path) -> bool:
    try:
        with _locked(folder, fcntl.LOCK_SH | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True
    except FileNotFoundError:  # its process has just removed it
        return True


@contextlib.contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
