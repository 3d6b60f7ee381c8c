"""The data folder of one running copy: private, held by one copy at a time, with a short way to its socket."""

import fcntl
import os
import tempfile
import time
from pathlib import Path

from veo_workflow.errors import Conflict, VeoError
from veo_workflow.settings import Settings

SOCKET_PATH_LIMIT = 107  # bytes in sockaddr_un.sun_path, less its closing zero (unix(7))
FOLDERS = ("logs", "redis", "objects", "scratch")
LOCK = "run.lock"
PATIENCE = 2.0  # seconds for the copy before us to let go of its files


class DataFolderUnusable(VeoError):
    """The data folder cannot be made or written."""


def prepare(settings: Settings) -> None:
    """Make the data folder and what belongs into it, open to its owner alone. Raises DataFolderUnusable."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings.data.chmod(0o700)
        for name in FOLDERS:
            (settings.data / name).mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise DataFolderUnusable(
            f"The data folder {settings.data} cannot be used ({error.strerror}); "
            "set VEO_DATA to a folder this account may write to."
        ) from error


def hold(settings: Settings) -> int:
    """Take the data folder for this copy: an open, locked file, which whoever inherits it holds on to as well.

    Raises Conflict when another copy runs on it.
    """
    lock = os.open(settings.data / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(lock)
                raise Conflict(
                    f"Another copy is running on {settings.data}; stop it, or set VEO_DATA to another folder."
                ) from None
            time.sleep(0.05)


def is_held(settings: Settings) -> bool:
    """Whether a copy runs on this data folder."""
    try:
        lock = os.open(settings.data / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(lock)


def place_socket(settings: Settings) -> Path:
    """Where Redis may open its socket: in the data folder or, where that path is too long for a socket, in a short
    private folder that a link in the data folder points to (`Settings.redis_socket` follows it)."""
    plain = settings.data / "redis" / "redis.sock"
    if len(os.fsencode(plain)) <= SOCKET_PATH_LIMIT:
        if plain.is_symlink():
            plain.unlink()
        return plain
    if not (plain.is_symlink() and _is_private(plain.readlink().parent)):
        plain.unlink(missing_ok=True)
        plain.symlink_to(Path(tempfile.mkdtemp(prefix="veo-", dir="/tmp")) / "redis.sock")
    return plain.readlink()


def _is_private(folder: Path) -> bool:
    try:
        state = folder.lstat()
    except OSError:
        return False
    return folder.is_dir() and state.st_uid == os.getuid() and state.st_mode & 0o077 == 0
