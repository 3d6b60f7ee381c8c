"""Objects by key, behind one small port. Two drivers: disk and S3-compatible.

Keys are made by us, never by a person: `uploads/<id>/original`, `clips/<id>/<attempt>/playback.mp4`,
`archives/<id>/<attempt>.zip`.
Large files arrive in parts, straight from the browser: the port signs an address for each part, lists what has
arrived, and joins the parts.  What it lists is the truth; no row counts bytes that storage does not have.

Beside the errors named below, every call may raise StorageFull, and Unavailable when the store does not answer.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeAlias

from veo_workflow.errors import NotAllowed, VeoError


class NoSuchObject(VeoError):
    """No object stands under that key, or no upload under that id."""

    status = 404
    code = "no_such_object"


class BadPart(VeoError):
    """A part is other than it was signed or listed: length or digest differ, or it never arrived.

    Where it is known which ones, `details["parts"]` lists their numbers.
    """

    status = 400
    code = "bad_part"
    retryable = True


class AddressRefused(NotAllowed):
    """The address of a part has expired, or was not made by us: ask for a new one."""

    code = "address_refused"
    retryable = True


@dataclass(frozen=True)
class StoredObject:
    """`size` in bytes; `etag` without quotes, the same for as long as the object stands."""

    key: str
    size: int
    etag: str
    modified_at: datetime


@dataclass(frozen=True)
class StoredPart:
    """One part of an open upload: `n` counts from 1, `size` in bytes, `etag` without quotes."""

    n: int
    size: int
    etag: str


@dataclass(frozen=True)
class PartAddress:
    """Where the browser PUTs one part: opaque to it, with the headers it has to send along."""

    n: int
    url: str
    headers: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class Delivery:
    """How a whole object reaches a browser after the application has said yes to this very request.

    Exactly one is set: `path`, a local file for the web server to send with ranges; or `address`, a short-lived
    internal address for nginx to proxy (X-Accel-Redirect), never shown to the browser.  With an address comes the
    object's `etag`, without quotes: stores do not heed If-Range, so whoever hands it on has to.
    """

    path: Path | None = None
    address: str | None = None
    etag: str | None = None


Parts: TypeAlias = list[StoredPart]  # named, because inside the port `list` is a verb


class Storage(Protocol):
    """What the rooms may ask of storage. All sizes are bytes; all keys are ours.

    A key is names joined by slashes, each of letters, digits, `.`, `_` and `-` and beginning with a letter or a
    digit.  Anything else is a fault of the caller: ValueError.
    """

    def put(self, key: str, source: Path, content_type: str) -> StoredObject:
        """Store a file whole, in place of what stood there; `source` stays as it is.

        After this returns the object is durable and complete; if it raises, what stood there before still does.
        """
        ...

    def fetch(self, key: str, target: Path) -> None:
        """Copy an object to a local file, in place of what stood there. Raises NoSuchObject.

        Where it costs nothing the copy is a hard link, so `target` is for reading only.
        """
        ...

    def local(self, key: str) -> contextlib.AbstractContextManager[Path]:
        """The object as a read-only local file for the time of the `with` block. Raises NoSuchObject."""
        ...

    def head(self, key: str) -> StoredObject | None: ...

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Every object whose key begins with `prefix` (empty: all), in key order."""
        ...

    def delete(self, key: str) -> None:
        """Remove one object and whatever older versions of it the store has; nothing happens if it is not there."""
        ...

    def delete_older(self, prefix: str) -> int:
        """Of what begins with `prefix`, remove the versions in whose place another has been put; never one that stands.

        Returns how many there were.  What was deleted is left as it is.
        """
        ...

    def keys_left(self, prefix: str) -> Iterator[str]:
        """Every key that begins with `prefix` and under which the store has anything at all, in key order.

        Beside objects that are older versions, and the marks that a store puts in place of what was deleted.
        """
        ...

    def delivery(self, key: str) -> Delivery:
        """Raises NoSuchObject."""
        ...

    def begin_parts(self, key: str, content_type: str) -> str:
        """Open an upload in parts for `key` and return the driver's id for it."""
        ...

    def sign_part(self, key: str, upload: str, n: int, size: int, md5: str | None, lifetime: int) -> PartAddress:
        """An address for part `n` of exactly `size` bytes; `md5` is base64 as in Content-MD5; `lifetime` seconds.

        `n` is 1 to 10,000, `size` up to 5 GiB, a `md5` 16 bytes: otherwise ValueError.  Nothing is asked of the
        store: whether the upload is still open shows when the part is sent.
        """
        ...

    def list_parts(self, key: str, upload: str) -> Parts:
        """What has arrived, in order of `n`; of a part sent twice, the last.

        Raises NoSuchObject when the upload is gone.
        """
        ...

    def join_parts(self, key: str, upload: str, parts: Sequence[StoredPart]) -> StoredObject:
        """Make the object out of its parts; the upload then is open no longer.

        Asked again after a crash it finishes what was begun; asked again after it is done it returns the same
        object.  Raises NoSuchObject when the upload is gone and other than these parts, or nothing, stands under
        the key; BadPart when `parts` are not exactly those that have arrived, numbered from 1 without a gap, and
        then the upload stays open.  The S3 driver needs parts of at least 5 MiB, the last one excepted.
        """
        ...

    def abort_parts(self, key: str, upload: str) -> None:
        """Forget an open upload and every byte of it; nothing happens if it is gone."""
        ...

    def open_uploads(self, prefix: str) -> Iterator[tuple[str, str]]:
        """(key, upload) of every upload in parts still open whose key begins with `prefix` (empty: all)."""
        ...

    def sweep_temporary(self, older_than: timedelta) -> int:
        """Remove what crashes left half written or half thrown away, once nobody has touched it for that long.

        Returns how many such things there were.  Open uploads are not among them, however old.
        """
        ...
