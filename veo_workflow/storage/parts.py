"""Uploads in parts on disk: one folder each, and what is in the folder is the truth.

    parts/<upload>/key                                    the key that the parts will become
    parts/<upload>/00007.2.8388608.<md5 in hexadecimal>   part 7, sent a second time: number, turn, size, digest
    parts/<upload>/arriving.<random>                      a part on its way

A part gets its name only when it is whole, checked and on the disk, so a name is all `arrived` has to read.  Of the
same part sent twice, the higher turn counts; the lower is deleted once the higher is durable.  Turns are given out
under a lock on the folder, and joining holds the same lock, so that what was compared is what is joined.

An upload ends by renaming its folder away.  A part still on its way then finds no folder to be named in.
"""

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from veo_workflow.crashing import Point, reached
from veo_workflow.storage import BadPart, NoSuchObject, StoredPart
from veo_workflow.storage.files import fresh_file, opened, pour, sync_folder, temporary_name, write_all

_UPLOAD = re.compile(r"[0-9a-f]{24}")
_PART = re.compile(r"(?P<n>\d{5})\.(?P<turn>\d+)\.(?P<size>\d+)\.(?P<md5>[0-9a-f]{32})")
_ARRIVING = "arriving."


@dataclass(frozen=True)
class ArrivedPart:
    """A part with the file that holds it."""

    part: StoredPart
    turn: int
    path: Path


class PartFolders:
    ENDED = ".ended"  # at the end of the name of a folder that is being thrown away

    def __init__(self, root: Path, temporary: Path) -> None:
        """Both on the same file system: folders move between them."""
        self._root = root
        self._temporary = temporary

    def begin(self, key: str) -> str:
        """Open an upload and return its id; it is there whole or not at all."""
        upload = temporary_name()
        folder = self._temporary / upload
        folder.mkdir(mode=0o750)
        try:
            with fresh_file(folder / "key") as file:
                write_all(file, key.encode())
            sync_folder(folder)
            folder.rename(self._root / upload)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        sync_folder(self._root)
        return upload

    def key_of(self, upload: str) -> str:
        """Raises NoSuchObject when the upload is gone."""
        try:
            return (self._folder(upload) / "key").read_text()
        except (FileNotFoundError, NotADirectoryError):
            raise gone() from None

    def receive(self, upload: str, n: int, size: int, md5: str | None, read: Callable[[int], bytes]) -> StoredPart:
        """Take in one part of `size` bytes; `md5` as hexadecimal. It is durable when this returns.

        Raises NoSuchObject when the upload is gone, now or by the time the part is whole, and BadPart when fewer
        bytes come or their digest differs; either way nothing of it stays.
        """
        arriving = self._folder(upload) / f"{_ARRIVING}{temporary_name()}"
        try:
            with fresh_file(arriving) as file:
                digest, came = pour(read, size, file)
                if came < size:
                    raise BadPart("The connection broke off before the whole part had arrived. Send it again.")
                if md5 is not None and digest != md5:
                    raise BadPart("The part arrived damaged. Send it again.")
            reached(Point.PART_WRITTEN)
            return self._name(arriving, upload, StoredPart(n, size, digest))
        except FileNotFoundError:
            raise gone() from None
        finally:
            arriving.unlink(missing_ok=True)

    def arrived(self, upload: str) -> list[ArrivedPart]:
        """The parts that are there, by number; of each the one sent last. Raises NoSuchObject."""
        latest: dict[int, ArrivedPart] = {}
        for each in self._all_arrived(upload):
            known = latest.get(each.part.n)
            if known is None or known.turn < each.turn:
                latest[each.part.n] = each
        return [latest[n] for n in sorted(latest)]

    @contextlib.contextmanager
    def held(self, upload: str) -> Iterator[None]:
        """Nothing but what happens in this block names a part, joins or ends the upload.

        Raises NoSuchObject when the upload is gone; it may also have gone while this waited.
        """
        with contextlib.ExitStack() as stack:
            try:
                folder = stack.enter_context(opened(self._folder(upload)))
            except FileNotFoundError:
                raise gone() from None
            stack.enter_context(locked(folder))
            yield

    def end(self, upload: str) -> None:
        """Forget an upload and every byte of it; nothing happens if it is gone."""
        if not _UPLOAD.fullmatch(upload):
            return
        ended = self._temporary / f"{upload}{self.ENDED}"
        try:
            (self._root / upload).rename(ended)
        except FileNotFoundError:
            return
        sync_folder(self._root)
        reached(Point.COMPLETE_ENDED)
        shutil.rmtree(ended, ignore_errors=True)

    def uploads(self) -> Iterator[tuple[str, str]]:
        """(key, upload) of every open upload, in no order."""
        for folder in self._root.iterdir():
            with contextlib.suppress(NoSuchObject):
                yield self.key_of(folder.name), folder.name

    def stale(self, before: float) -> Iterator[Path]:
        """Parts on their way that nobody has written to since `before`, in seconds of the epoch."""
        for path in self._root.glob(f"*/{_ARRIVING}*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    yield path

    def _folder(self, upload: str) -> Path:
        if not _UPLOAD.fullmatch(upload):
            raise gone()
        return self._root / upload

    def _all_arrived(self, upload: str) -> list[ArrivedPart]:
        folder = self._folder(upload)
        try:
            names = [path.name for path in folder.iterdir()]
        except FileNotFoundError:
            raise gone() from None
        return [
            ArrivedPart(
                StoredPart(int(found["n"]), int(found["size"]), found["md5"]), int(found["turn"]), folder / name
            )
            for name in names
            if (found := _PART.fullmatch(name))
        ]

    def _name(self, arriving: Path, upload: str, part: StoredPart) -> StoredPart:
        with opened(self._folder(upload)) as folder:
            with locked(folder):
                earlier = [each for each in self._all_arrived(upload) if each.part.n == part.n]
                turn = 1 + max((each.turn for each in earlier), default=0)
                arriving.rename(arriving.with_name(f"{part.n:05d}.{turn}.{part.size}.{part.etag}"))
            os.fsync(folder)  # outside the lock: three parts at once wait for the disk, not for each other
        reached(Point.PART_NAMED)
        for each in earlier:
            each.path.unlink(missing_ok=True)
        return part


@contextlib.contextmanager
def locked(descriptor: int) -> Iterator[None]:
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def gone() -> NoSuchObject:
    return NoSuchObject("This upload is no longer open. Start it again.")
