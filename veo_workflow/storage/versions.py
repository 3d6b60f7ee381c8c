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
        wanted = {"Prefix": prefix}
        while True:
            page = self._store.list_object_versions(Bucket=self._bucket, **wanted)
            found = sorted({each["Key"] for each in _of(page)})
            yield from found
            if not found or not page.get("IsTruncated"):
                return
            wanted["KeyMarker"] = found[-1]

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
