"""Folders to work in. Each is locked by whoever works in it, and the kernel lets go of the lock when they die.

So a folder whose lock is free is a dead process's, however young, and one that is held is not, however old.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = "work-"
OTHERS_KEEP = 6 * 3600  # seconds; what other programs put here has no lock of ours


@contextlib.contextmanager
def own_folder(scratch: Path) -> Iterator[Path]:
    """A folder of one's own below `scratch`, gone with everything in it when the block ends."""
    scratch.mkdir(parents=True, exist_ok=True)
    folder, lock = _locked_folder(scratch)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked_folder(scratch: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=scratch))
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():
                return folder, lock
            os.close(lock)  # it was purged in the moment before it was locked


def purge(scratch: Path) -> int:
    """Remove what dead processes left below `scratch`; returns how many files and folders went."""
    if not scratch.exists():
        return 0
    return sum(_purged(path) for path in scratch.iterdir())


def _purged(path: Path) -> bool:
    try:
        if path.name.startswith(PREFIX):
            return _removed_if_free(path)
        if time.time() - path.stat().st_mtime < OTHERS_KEEP:
            return False
    except FileNotFoundError:
        return False
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return True


def _removed_if_free(folder: Path) -> bool:
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
