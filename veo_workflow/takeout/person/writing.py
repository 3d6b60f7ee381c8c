"""The archive as a ZIP file (ZIP64 where it is large), written a piece at a time: memory stays as it is."""

import contextlib
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from veo_workflow.media import Interrupted
from veo_workflow.storage.files import PIECE, room_to_write

_FOR_ITS_OWNER = 0o100600 << 16


class Writer:
    """A ZIP under way; words are packed, films are put in as they are, since packing would only cost time.

    Raises StorageFull where the disk is full.
    """

    def __init__(self, into: Path | BinaryIO, made_at: datetime) -> None:
        self._zip = zipfile.ZipFile(into, "w")
        self._when = made_at.timetuple()[:6]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            with room_to_write():
                self._zip.close()
        elif self._zip.fp is not None:  # its end is not worth writing any more
            with contextlib.suppress(OSError):
                self._zip.fp.close()
            self._zip.fp = None

    def words(self, name: str, content: bytes) -> None:
        with room_to_write():
            self._zip.writestr(self._entry(name, zipfile.ZIP_DEFLATED), content)

    def film(self, name: str, source: Path, passed: Callable[[int], bool]) -> None:
        """`passed` hears how many bytes each piece had, and says whether to go on. Raises Interrupted."""
        entry = self._entry(name, zipfile.ZIP_STORED)
        entry.file_size = source.stat().st_size
        with source.open("rb") as film, room_to_write(), self._zip.open(entry, "w", force_zip64=True) as into:
            while piece := film.read(PIECE):
                into.write(piece)
                if not passed(len(piece)):
                    raise Interrupted

    def _entry(self, name: str, how: int) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, self._when)
        entry.compress_type, entry.external_attr = how, _FOR_ITS_OWNER
        return entry
