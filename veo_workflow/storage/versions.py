"""Buckets that keep what was replaced or deleted: removing a key's every version, and the marks that hide them.

On such a bucket a plain delete adds a mark, and the bytes stay.  Keys are listed once more after each page that was
removed, because stores differ in where the next page begins.
"""

import time
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from veo_workflow.errors import Unavailable

ASKED_EVERY = 60.0  # seconds; somebody may switch versions on while we run
_WITHOUT_VERSIONS = "NotImplemented"


class Versions:
    """The versions in one bucket; the errors are boto's own."""

    def __init__(self, store: Any, bucket: str) -> None:
        self._store = store
        self._bucket = bucket
        self._kept = False
        self._ask_again = 0.0

    def kept(self) -> bool:
        """Whether the bucket keeps versions, or has at some time; what has been kept stays kept, so yes is for good."""
        if not self._kept and time.monotonic() >= self._ask_again:
            self._kept = self._ask()
            self._ask_again = time.monotonic() + ASKED_EVERY
        return self._kept

    def have_shown(self, reply: dict[str, Any]) -> bool:
        """Whether what the store answered to a plain delete tells that it kept the bytes."""
        self._kept = self._kept or bool(reply.get("DeleteMarker") or reply.get("VersionId"))
        return self._kept

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key under which anything is kept, once, in order."""
        for page, _last in self._pages(prefix):
            yield from sorted({each["Key"] for each in _of(page)})

    def remove(self, key: str) -> None:
        """Every version of one object: the oldest first, so that a removal that is interrupted can still be seen."""
        tried: set[str] = set()
        while True:
            page = self._store.list_object_versions(Bucket=self._bucket, Prefix=key)
            found = [each["VersionId"] for each in _of(page) if each["Key"] == key]
            if not tried.isdisjoint(found):
                raise Unavailable("The store keeps versions that it was told to remove. Look at its retention rules.")
            for version in found:
                self._store.delete_object(Bucket=self._bucket, Key=key, VersionId=version)
            tried.update(found)
            if not found or not page.get("IsTruncated"):
                return

    def remove_older(self, prefix: str) -> int:
        """Every version that another stands in place of, and how many those were.

        What is newest when it is listed is never touched, so whatever is put meanwhile stays too.
        """
        return sum(self._remove_older_of(key) for key in list(self._with_older(prefix)))

    def _with_older(self, prefix: str) -> Iterator[str]:
        """Keys that may have older versions; of the last on a page it is not known."""
        for page, last in self._pages(prefix):
            older = {each["Key"] for each in page.get("Versions", []) if not each["IsLatest"]}
            yield from sorted(older | {last} if page.get("IsTruncated") else older)

    def _remove_older_of(self, key: str) -> int:
        count = 0
        while True:
            page = self._store.list_object_versions(Bucket=self._bucket, Prefix=key)
            versions = [each for each in page.get("Versions", []) if each["Key"] == key]
            older = [each["VersionId"] for each in versions if not each["IsLatest"]]
            if len(older) == len(versions):  # nothing, or what was deleted: it is left as it is
                return count
            for version in reversed(older):
                self._store.delete_object(Bucket=self._bucket, Key=key, VersionId=version)
            count += len(older)
            if not older or not page.get("IsTruncated"):
                return count

    def _pages(self, prefix: str) -> Iterator[tuple[dict[str, Any], str]]:
        """Each page and its last key. The next begins after that key: what a page has not shown of it is left out."""
        wanted = {"Prefix": prefix}
        while True:
            page = self._store.list_object_versions(Bucket=self._bucket, **wanted)
            found = max((each["Key"] for each in _of(page)), default="")
            yield page, found
            if not found or not page.get("IsTruncated"):
                return
            wanted["KeyMarker"] = found

    def _ask(self) -> bool:
        try:
            return bool(self._store.get_bucket_versioning(Bucket=self._bucket).get("Status"))
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != _WITHOUT_VERSIONS:
                raise
            return False


def _of(page: dict[str, Any]) -> list[dict[str, Any]]:
    """What a page lists, of each key the oldest version first and the marks last."""
    return [*reversed(page.get("Versions", [])), *page.get("DeleteMarkers", [])]
