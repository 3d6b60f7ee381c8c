"""The disk driver: objects as plain files, parts as folders of files, and nothing remembered anywhere else.

    objects/<key>       whole objects, read-only
    parts/<upload>/     uploads in parts; `veo_workflow.storage.parts` has the layout
    temporary/          what is being written or thrown away; nothing in it counts

All three lie on one file system.  Every object and part is written under another name, flushed to the disk, and only
then renamed to its own: a crash leaves the old, or the new, or something for `sweep_temporary`.
"""

import contextlib
import functools
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from veo_workflow.crashing import Point, reached
from veo_workflow.storage import BadPart, Delivery, NoSuchObject, PartAddress, Parts, StoredObject, StoredPart
from veo_workflow.storage.addresses import PartAddresses
from veo_workflow.storage.files import (
    append_file,
    begin_to_flush,
    etag_of,
    file_status,
    finish,
    fresh_file,
    opened,
    place,
    pour,
    remove,
    reserve,
    room_to_write,
    temporary_name,
)
from veo_workflow.storage.keys import check_arrived, check_key, check_prefix, is_joined, joined_etag, md5_hex
from veo_workflow.storage.parts import PartFolders, gone


class Readable(Protocol):
    """The body of a request."""

    def read(self, size: int, /) -> bytes: ...


class DiskStorage:
    """`Storage` on a folder of this machine; `receive_part` is what stands behind the addresses it signs."""

    def __init__(self, root: Path, secret: str, origin_path: str = "/storage/parts") -> None:
        """`origin_path`: where the application takes parts and calls `receive_part`."""
        self._objects = root / "objects"
        self._temporary = root / "temporary"
        for folder in (self._objects, root / "parts", self._temporary):
            folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._parts = PartFolders(root / "parts", self._temporary)
        self._addresses = PartAddresses(secret, origin_path)

    def put(self, key: str, source: Path, content_type: str) -> StoredObject:
        target = self._path(key)
        temporary = self._temporary / temporary_name()
        with room_to_write(), opened(source) as reading:
            size = os.fstat(reading).st_size
            with fresh_file(temporary) as writing:
                etag, came = pour(functools.partial(os.read, reading), size, writing)
                if came < size:
                    raise OSError(f"{source} grew shorter while it was stored")
                finish(writing, etag)
            self._place(temporary, target)
        return self._standing(key)

    def fetch(self, key: str, target: Path) -> None:
        temporary = target.with_name(f".{temporary_name()}")
        try:
            with room_to_write():
                _link_or_copy(self._path(key), temporary)
            temporary.replace(target)
        except FileNotFoundError:
            self._standing(key)
            raise
        finally:
            # Renaming a file onto another name of itself leaves both.
            temporary.unlink(missing_ok=True)

    @contextlib.contextmanager
    def local(self, key: str) -> Iterator[Path]:
        self._standing(key)
        yield self._path(key)

    def head(self, key: str) -> StoredObject | None:
        return self._describe(check_key(key))

    def list(self, prefix: str) -> Iterator[StoredObject]:
        for key in self._keys(check_prefix(prefix), ""):
            found = self._describe(key)
            if found is not None:
                yield found

    def delete(self, key: str) -> None:
        remove(self._path(key), self._objects)

    def delete_older(self, prefix: str) -> int:
        check_prefix(prefix)
        return 0  # a folder keeps nothing of what was replaced

    def keys_left(self, prefix: str) -> Iterator[str]:
        return self._keys(check_prefix(prefix), "")

    def delivery(self, key: str) -> Delivery:
        self._standing(key)
        return Delivery(path=self._path(key))

    def begin_parts(self, key: str, content_type: str) -> str:
        with room_to_write():
            return self._parts.begin(check_key(key))

    def sign_part(self, key: str, upload: str, n: int, size: int, md5: str | None, lifetime: int) -> PartAddress:
        check_key(key)
        return self._addresses.sign(upload, n, size, md5, lifetime)

    def receive_part(
        self,
        upload: str,
        n: int,
        query: Mapping[str, str],
        content_length: int | None,
        content_md5: str | None,
        stream: Readable,
    ) -> StoredPart:
        """Take in one part that a browser sends to an address of ours; it is durable when this returns.

        Reads at most the signed length, a piece at a time; what it refuses beforehand it does not read at all.
        Raises AddressRefused (403), NoSuchObject (404) when the upload is gone, BadPart (400) when length or digest
        are not as signed or the stream breaks off, StorageFull (507); after any of them nothing of the part stays.
        """
        signed = self._addresses.verify(upload, n, query)
        if content_length != signed.size:
            raise BadPart("The part does not have the length it was announced with. Send it again.")
        if signed.md5 and content_md5 and content_md5 != signed.md5:
            raise BadPart("The part does not have the digest it was announced with. Send it again.")
        announced = signed.md5 or content_md5
        try:
            md5 = md5_hex(announced) if announced else None
        except ValueError:
            raise BadPart("The part came with a digest that cannot be read. Send it again.") from None
        with room_to_write():
            return self._parts.receive(upload, n, signed.size, md5, _from_browser(stream))

    def list_parts(self, key: str, upload: str) -> Parts:
        self._check_upload(key, upload)
        return [each.part for each in self._parts.arrived(upload)]

    def join_parts(self, key: str, upload: str, parts: Sequence[StoredPart]) -> StoredObject:
        try:
            self._check_upload(key, upload)
            with room_to_write(), self._parts.held(upload):
                self._join(key, upload, parts)
        except NoSuchObject:
            found = self._describe(key)
            if found is None or not is_joined(found, parts):
                raise
        return self._standing(key)

    def abort_parts(self, key: str, upload: str) -> None:
        with contextlib.suppress(NoSuchObject):
            self._check_upload(key, upload)
            with self._parts.held(upload):
                self._parts.end(upload)

    def open_uploads(self, prefix: str) -> Iterator[tuple[str, str]]:
        check_prefix(prefix)
        return iter(sorted(each for each in self._parts.uploads() if each[0].startswith(prefix)))

    def sweep_temporary(self, older_than: timedelta) -> int:
        before = time.time() - older_than.total_seconds()
        stale = list(self._parts.stale(before))
        for path in self._temporary.iterdir():
            with contextlib.suppress(FileNotFoundError):
                # An upload that had ended goes whatever its age: its bytes have no business here.
                if path.name.endswith(PartFolders.ENDED) or path.stat().st_mtime < before:
                    stale.append(path)
        for path in stale:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        return len(stale)

    def _join(self, key: str, upload: str, parts: Sequence[StoredPart]) -> None:
        arrived = self._parts.arrived(upload)
        check_arrived(parts, [each.part for each in arrived])
        if not is_joined(self._describe(key), parts):
            temporary = self._temporary / temporary_name()
            with fresh_file(temporary) as joined:
                reserve(joined, sum(each.part.size for each in arrived))
                for each in arrived:
                    append_file(each.path, joined)
                    begin_to_flush(joined)
                finish(joined, joined_etag([each.part for each in arrived]))
            self._place(temporary, self._path(key))
        reached(Point.COMPLETE_PLACED)
        self._parts.end(upload)

    def _check_upload(self, key: str, upload: str) -> None:
        if self._parts.key_of(upload) != check_key(key):
            raise gone()

    def _path(self, key: str) -> Path:
        return self._objects / check_key(key)

    def _place(self, temporary: Path, target: Path) -> None:
        reached(Point.OBJECT_WRITTEN)
        try:
            place(temporary, target, self._objects)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _describe(self, key: str) -> StoredObject | None:
        path = self._path(key)
        status = file_status(path)
        if status is None:
            return None
        try:
            etag = etag_of(path, status)
        except FileNotFoundError:
            return None
        return StoredObject(key, status.st_size, etag, datetime.fromtimestamp(status.st_mtime, UTC))

    def _standing(self, key: str) -> StoredObject:
        found = self._describe(key)
        if found is None:
            raise NoSuchObject("What was stored here is no longer there. Reload the page.")
        return found

    def _keys(self, prefix: str, folder: str) -> Iterator[str]:
        """Keys below one folder, in the order of whole keys: `a-1/x` comes before `a/x`, as it does in S3."""
        try:
            with os.scandir(self._objects / folder) as entries:
                names = sorted(f"{each.name}/" if each.is_dir() else each.name for each in entries)
        except (FileNotFoundError, NotADirectoryError):
            return
        for name in names:
            key = f"{folder}{name}"
            if not key.startswith(prefix) and not prefix.startswith(key):
                continue
            if name.endswith("/"):
                yield from self._keys(prefix, key)
            elif key.startswith(prefix):
                yield key


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:
        with fresh_file(target) as file:
            append_file(source, file)


def _from_browser(stream: Readable) -> Callable[[int], bytes]:
    """Reads a request's body; a connection that is reset is a part that broke off, not a fault of our disk."""

    def read(size: int) -> bytes:
        try:
            return stream.read(size)
        except OSError as error:
            raise BadPart("The connection broke off before the whole part had arrived. Send it again.") from error

    return read
