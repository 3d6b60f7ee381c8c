"""Files that are whole and on the disk, or not there: what the disk driver asks of the file system."""

import contextlib
import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from veo_workflow.errors import StorageFull
from veo_workflow.metrics import STORAGE_ERRORS

PIECE = 1024 * 1024  # bytes held in memory while a file passes through: what gunicorn takes from a line at most

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CANNOT_COPY_RANGES = {errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM}
_CANNOT_KEEP_ATTRIBUTES = {errno.EOPNOTSUPP, errno.EPERM, errno.ENOSYS}
_ETAG = "user.veo.etag"
_FOR_US_AND_THE_WEB_SERVER = 0o640  # nginx reads through the group; nobody else may
_FINISHED = 0o440  # hard links to an object are handed out, so nobody may write through one


@contextlib.contextmanager
def room_to_write() -> Iterator[None]:
    """Turns a full disk, a used-up quota or a limit on file size into StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        STORAGE_ERRORS.add(StorageFull.code)
        raise StorageFull(
            "There is no room left to store this. Ask your administrator to free some space, then try again."
        ) from error


@contextlib.contextmanager
def fresh_file(path: Path) -> Iterator[int]:
    """A new file to write to, by its descriptor; it is on the disk when the block ends well, and gone otherwise."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, _FOR_US_AND_THE_WEB_SERVER)
    try:
        yield descriptor
        os.fsync(descriptor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[int]:
    """A file or folder to read, by its descriptor."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder as durable as the files behind them."""
    with opened(folder) as descriptor:
        os.fsync(descriptor)


def temporary_name() -> str:
    return secrets.token_hex(12)


def write_all(descriptor: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def pour(read: Callable[[int], bytes], size: int, target: int) -> tuple[str, int]:
    """Write up to `size` bytes of what `read` gives to a descriptor, a piece at a time.

    Returns the MD5 as hexadecimal, and how many bytes came.
    """
    digest = hashlib.md5(usedforsecurity=False)
    left = size

    def pass_on(piece: bytes) -> int:
        digest.update(piece)
        write_all(target, piece)
        return len(piece)

    # No name keeps a piece here: it is gone before the next one comes.
    while left and (came := pass_on(read(min(PIECE, left)))):
        left -= came
    return digest.hexdigest(), size - left


def reserve(descriptor: int, size: int) -> None:
    """Find room for `size` bytes in one go: a full disk is known before anything is copied, and the rest is faster."""
    if size:
        os.posix_fallocate(descriptor, 0, size)


def begin_to_flush(descriptor: int) -> None:
    """Have the kernel start to write what it holds of a file, so that the flush at its end has less to wait for."""
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def append_file(source: Path, target: int) -> None:
    """Append a whole file to a descriptor within the kernel: its bytes never pass through our memory."""
    with opened(source) as descriptor:
        left = os.fstat(descriptor).st_size
        copy: Callable[[int, int, int], int] = os.copy_file_range
        while left:
            try:
                copied = copy(descriptor, target, left)
            except OSError as error:
                if copy is _send or error.errno not in _CANNOT_COPY_RANGES:
                    raise
                copy = _send
                continue
            if not copied:
                raise OSError(errno.EIO, "the file grew shorter while it was copied", str(source))
            left -= copied


def _send(source: int, target: int, count: int) -> int:
    return os.sendfile(target, source, None, count)


def finish(descriptor: int, etag: str) -> None:
    """Close a file to changes and write its etag beside it, in the file system's own attributes."""
    try:
        os.setxattr(descriptor, _ETAG, etag.encode())
    except OSError as error:
        if error.errno not in _CANNOT_KEEP_ATTRIBUTES:
            raise
    os.fchmod(descriptor, _FINISHED)


def etag_of(path: Path, status: os.stat_result) -> str:
    """The etag a file was finished with; where attributes are not kept, one that changes when the file does."""
    try:
        return os.getxattr(path, _ETAG).decode()
    except FileNotFoundError:
        raise
    except OSError:
        return f"{status.st_mtime_ns:x}-{status.st_size:x}"


def file_status(path: Path) -> os.stat_result | None:
    """The status of a regular file; None for anything else, and for nothing."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def place(temporary: Path, target: Path, top: Path) -> None:
    """Move a finished file to its place below `top`, making the folders on the way; durable when this returns."""
    while True:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(target)
            break
        except FileExistsError:
            if target.parent.is_file():
                raise
        except FileNotFoundError:
            if not temporary.exists():
                raise
        # The folder was empty for a moment, and a delete took it away, under our hands: make it again.
    for folder in target.parents:
        with contextlib.suppress(FileNotFoundError):
            sync_folder(folder)
        if folder == top:
            break


def remove(path: Path, top: Path) -> None:
    """Take a file away for good, and the folders that it leaves empty below `top`; nothing happens without it."""
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return
    for folder in path.parents:
        if folder == top:
            break
        try:
            folder.rmdir()
        except OSError:
            break
    sync_standing(path, top)


def sync_standing(path: Path, top: Path) -> None:
    """Make durable that a name is gone, in the nearest folder that still stands."""
    for folder in path.parents:
        try:
            sync_folder(folder)
        except FileNotFoundError:
            if folder == top:
                raise
        else:
            return
