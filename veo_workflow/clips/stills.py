"""Stills and cuts of a ready clip, made when somebody first asks for them and kept beside its renditions.

They lie under the prefix of the attempt that made the playback file, so that whatever erases that attempt's files
erases them too.  The asker has been let through before anything here begins, and no transaction is open while it goes
on: before a new file counts, the clip's row is read once more, and what has been withdrawn, trimmed or made anew
meanwhile is forgotten again.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from veo_workflow import media
from veo_workflow.clips.models import Clip, ClipState, Rendition
from veo_workflow.clips.rules import frame_at
from veo_workflow.crashing import Point, reached
from veo_workflow.errors import InvalidInput, NotFound, Unavailable
from veo_workflow.scratch import folder_in
from veo_workflow.services import Services
from veo_workflow.storage import Storage

LONGEST_CUT_MS = 120_000
AT_ONCE = 2
PATIENCE = 20.0  # seconds to wait for one of these places
# How many of each are kept for one clip: nobody fills the store by asking for every moment there is.
KEPT = {"stills": 500, "cuts": 30}

BEYOND = "That is after the end of this clip. Choose an earlier moment."
BACKWARDS = "This moment ends before it begins. Choose its end again."
TOO_LONG = f"A cut can be {LONGEST_CUT_MS // 60_000} minutes at most. Choose a shorter moment."
BUSY = "Many pictures are being made at the moment. Try again in a few seconds."


@dataclass(frozen=True)
class Piece:
    """One still or cut: `name` below the attempt's prefix, and what makes it from the playback file."""

    name: str
    content_type: str
    make: Callable[[Path, Path, media.Limits], None]

    @property
    def shelf(self) -> str:
        return self.name.partition("/")[0]


def still_at(clip: Clip, ms: int) -> Piece:
    """The picture on screen at `ms`. Raises InvalidInput."""
    frame = _frame(clip, ms)
    return Piece(
        f"stills/{frame}.jpg",
        "image/jpeg",
        lambda source, target, limits: media.still(source, target, frame, clip.frame_rate, limits),
    )


def cut_between(clip: Clip, start_ms: int, end_ms: int) -> Piece:
    """The frames from the one at `start_ms` to the one at `end_ms`. Raises InvalidInput."""
    if end_ms < start_ms:
        raise InvalidInput(BACKWARDS)
    if end_ms - start_ms > LONGEST_CUT_MS:
        raise InvalidInput(TOO_LONG)
    first, last = _frame(clip, start_ms), _frame(clip, end_ms)
    return Piece(
        f"cuts/{first}-{last}.mp4",
        "video/mp4",
        lambda source, target, limits: media.cut(source, target, first, last, clip.frame_rate, limits),
    )


def _frame(clip: Clip, ms: int) -> int:
    frame = frame_at(ms, clip.frame_rate)
    if frame >= (clip.frames or 0):
        raise InvalidInput(BEYOND)
    return frame


def kept(services: Services, clip: Clip, playback: Rendition, piece: Piece) -> str:
    """The storage key of `piece`, which is made if it is not there; asking twice at once is harmless.

    Raises NotFound where the clip is no longer what it was when this began, Unavailable where too many are being
    made, MediaFailure where the tools fail.
    """
    prefix = playback.key.rpartition("/")[0]
    key = f"{prefix}/{piece.name}"
    if services.storage.head(key) is not None:
        return key
    with _copies.shared(services.storage, playback.key) as local, _place():
        if services.storage.head(key) is None:  # somebody may have made it while we waited
            _make(services, clip, local(), piece, key)
            _forget_oldest(services, f"{prefix}/{piece.shelf}/", KEPT[piece.shelf])
    return key


def _make(services: Services, clip: Clip, source: Path, piece: Piece, key: str) -> None:
    limits = media.Limits(sandbox="auto" if services.settings.sandbox == "auto" else False)
    with folder_in(services.settings.scratch, "piece") as folder:
        target = folder / Path(piece.name).name
        piece.make(source, target, limits)
        services.storage.put(key, target, piece.content_type)
    reached(Point.PIECE_PUT)
    try:
        _check_current(services, clip)
    except BaseException:
        services.storage.delete(key)
        raise


def _check_current(services: Services, clip: Clip) -> None:
    """Whoever erases changes the row first and empties storage afterwards; we fill storage first, then read the row.

    So one of the two sees the other, whatever comes between. Raises NotFound.
    """
    with services.database.reading() as session:
        attempt = session.scalar(select(Clip.attempt).where(Clip.id == clip.id, Clip.state == ClipState.READY))
    if attempt != clip.attempt:
        raise NotFound()


def _forget_oldest(services: Services, shelf: str, keep: int) -> None:
    stored = sorted(services.storage.list(shelf), key=lambda each: each.modified_at)
    for each in stored[:-keep]:
        services.storage.delete(each.key)


@contextlib.contextmanager
def _place() -> Iterator[None]:
    """One of the few places of this process. Raises Unavailable."""
    if not _places.acquire(timeout=PATIENCE):
        raise Unavailable(BUSY)
    try:
        yield
    finally:
        _places.release()


class _Copies:
    """Local copies of playback files: one for all who wait for pieces of the same clip, gone with the last of them.

    A page of moments asks for many stills at once, and from an object store each would fetch the whole film.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, _Copy] = {}

    @contextlib.contextmanager
    def shared(self, storage: Storage, key: str) -> Iterator[Callable[[], Path]]:
        """What is yielded fetches the file the first time somebody calls it."""
        with self._lock:
            copy = self._held.setdefault(key, _Copy(storage, key))
            copy.users += 1
        try:
            yield copy.local
        finally:
            with self._lock:
                copy.users -= 1
                if not copy.users:
                    del self._held[key]
                    copy.close()


class _Copy:
    def __init__(self, storage: Storage, key: str) -> None:
        self.users = 0
        self._storage, self._key = storage, key
        self._lock = threading.Lock()
        self._stack = contextlib.ExitStack()
        self._path: Path | None = None

    def local(self) -> Path:
        with self._lock:
            if self._path is None:
                self._path = self._stack.enter_context(self._storage.local(self._key))
            return self._path

    def close(self) -> None:
        self._stack.close()


_places = threading.BoundedSemaphore(AT_ONCE)
_copies = _Copies()
