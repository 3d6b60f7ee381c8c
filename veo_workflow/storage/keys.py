"""What both drivers hold keys and parts to: pure functions of plain values."""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence

from veo_workflow.storage import BadPart, StoredObject, StoredPart

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}"
_KEY = re.compile(rf"{_NAME}(/{_NAME})*")
_PREFIX = re.compile(rf"(({_NAME}/)*({_NAME})?)")

LONGEST_KEY = 512
MOST_PARTS = 10_000
LARGEST_PART = 5 * 1024**3


def check_key(key: str) -> str:
    """The key itself, if it has the shape of the ones we make.

    Raises ValueError: a key that does not is our own mistake or somebody's attack, never something to mend.
    """
    if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key


def check_prefix(prefix: str) -> str:
    """The beginning of a key, whole names or not; the empty one begins them all. Raises ValueError."""
    if len(prefix) > LONGEST_KEY or not _PREFIX.fullmatch(prefix):
        raise ValueError(f"not the beginning of a storage key: {prefix!r}")
    return prefix


def check_part(n: int, size: int, md5: str | None) -> None:
    """Hold a part to what every S3-compatible store takes. Raises ValueError."""
    if not 1 <= n <= MOST_PARTS:
        raise ValueError(f"a part is numbered 1 to {MOST_PARTS}, not {n}")
    if not 1 <= size <= LARGEST_PART:
        raise ValueError(f"a part has 1 to {LARGEST_PART} bytes, not {size}")
    if md5 is not None:
        md5_hex(md5)


def md5_hex(content_md5: str) -> str:
    """The hexadecimal form of a Content-MD5 header. Raises ValueError if it is none."""
    try:
        digest = base64.b64decode(content_md5, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != hashlib.md5(usedforsecurity=False).digest_size:
        raise ValueError(f"not a Content-MD5: {content_md5!r}")
    return digest.hex()


def joined_etag(parts: Sequence[StoredPart]) -> str:
    """The etag S3 gives an object made of parts: the MD5 of their MD5s, and how many there were.

    Raises ValueError where a part's etag is not an MD5, as in an encrypted bucket.
    """
    digests = b"".join(bytes.fromhex(part.etag) for part in parts)
    return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"


def is_joined(found: StoredObject | None, parts: Sequence[StoredPart]) -> bool:
    """Whether what stands under the key is these very parts, already joined."""
    try:
        return found is not None and found.etag == joined_etag(parts)
    except ValueError:
        return False


def check_arrived(given: Sequence[StoredPart], arrived: Sequence[StoredPart]) -> None:
    """Parts may be joined if they are exactly those that arrived and leave no gap. Raises BadPart."""
    expected = {part.n: part for part in given}
    present = {part.n: part for part in arrived}
    without_gap = range(1, max(len(present), 1) + 1)
    numbers = expected.keys() | present.keys() | set(without_gap)
    wrong = sorted(n for n in numbers if n not in present or expected.get(n) != present[n])
    if wrong or len(given) != len(expected):
        raise BadPart("Some parts of the file did not arrive as they were sent. Send those parts again.", parts=wrong)
