"""Pure decisions about an upload: what may be sent, how it is cut into parts, what has yet to arrive."""

import hashlib
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from veo_workflow.clips.models import Purpose
from veo_workflow.errors import InvalidInput, TooLarge, UnsupportedType
from veo_workflow.storage import StoredPart
from veo_workflow.wording import megabytes

MIB = 1024 * 1024
MOST_PARTS = 10_000  # what every S3-compatible store takes
SIGNED_AT_ONCE = 20
NAME_LENGTH = 200
FINGERPRINT_LENGTH = 80

VIDEO_NAMES = frozenset(
    {".mov", ".mp4", ".m4v", ".mkv", ".webm", ".avi", ".3gp", ".3g2", ".mts", ".m2ts", ".ts", ".mpg", ".mpeg"}
)
# What browsers say when they do not know; `model/vnd.mts` is how some of them misread a camcorder's file.
SAYS_NOTHING = frozenset({"", "application/octet-stream", "model/vnd.mts"})

_KEY = re.compile(r"[\x21-\x7e]{8,80}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MD5 = re.compile(r"[A-Za-z0-9+/]{22}==")


@dataclass(frozen=True)
class Wanted:
    """A video somebody asks to upload. `size` is bytes; `type` is what the browser calls it, perhaps nothing."""

    cycle_id: uuid.UUID
    purpose: Purpose
    name: str
    size: int
    type: str
    fingerprint: str
    share_with_coach: bool
    notice_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Cut:
    """How a file of `size` bytes is cut: every part has `part_size` bytes but the last, which has the rest."""

    size: int
    part_size: int

    @property
    def count(self) -> int:
        return -(-self.size // self.part_size)

    def length(self, n: int) -> int:
        """Bytes of part `n`, counted from 1."""
        return min(self.part_size, self.size - (n - 1) * self.part_size)

    def holds(self, n: int) -> bool:
        return 1 <= n <= self.count

    def missing(self, arrived: Iterable[StoredPart]) -> list[int]:
        """The numbers of the parts that are not there, or not in their full length."""
        sizes = {part.n: part.size for part in arrived}
        return [n for n in range(1, self.count + 1) if sizes.get(n) != self.length(n)]


@dataclass(frozen=True)
class PartWanted:
    """A part somebody asks an address for; `md5` is base64, as in Content-MD5."""

    n: int
    size: int
    md5: str | None


def cut(size: int, part_size: int) -> Cut:
    """Parts of `part_size` bytes, or larger ones where there would be too many of them."""
    return Cut(size, max(part_size, -(-size // MOST_PARTS)))


def read_wanted(sent: Mapping[str, Any], *, max_upload: int) -> Wanted:
    """The video a request asks to upload. Raises InvalidInput, TooLarge, UnsupportedType."""
    try:
        cycle_id, purpose = uuid.UUID(str(sent.get("cycle"))), Purpose(str(sent.get("purpose")))
    except ValueError:
        raise InvalidInput("Choose the cycle and what the clip is for, then try again.") from None
    name, kind, fingerprint = (sent.get(field) for field in ("name", "type", "fingerprint"))
    if not isinstance(name, str) or not isinstance(fingerprint, str):
        raise InvalidInput("The video's name did not arrive. Reload the page and choose it again.")
    return check(
        Wanted(
            cycle_id=cycle_id,
            purpose=purpose,
            name=_plain(name)[:NAME_LENGTH] or "video",
            size=read_size(sent.get("size")),
            type=kind.strip().casefold() if isinstance(kind, str) else "",
            fingerprint=_plain(fingerprint),
            share_with_coach=sent.get("share_with_coach") is True,
            notice_id=_read_notice(sent.get("notice")),
        ),
        max_upload=max_upload,
    )


def _read_notice(sent: object) -> uuid.UUID | None:
    """The wording of the school's notice that was confirmed, if one was."""
    try:
        return uuid.UUID(str(sent))
    except ValueError:
        return None


def check(wanted: Wanted, *, max_upload: int) -> Wanted:
    """Raises InvalidInput, TooLarge, UnsupportedType."""
    if wanted.size == 0:
        raise InvalidInput("This file is empty: there is no video in it. Choose another one.", code="empty")
    if wanted.size > max_upload:
        raise TooLarge(
            f"This video has {megabytes(wanted.size)}, and a clip may have at most {megabytes(max_upload)}. "
            "Trim it on the iPad first, or film a shorter piece."
        )
    if not is_video(wanted.name, wanted.type):
        raise UnsupportedType("This is not a video. Choose one from the camera: .mov and .mp4 always work.")
    if not 1 <= len(wanted.fingerprint) <= FINGERPRINT_LENGTH:
        raise InvalidInput("The video could not be told apart from others. Reload the page and choose it again.")
    return wanted


def is_video(name: str, kind: str) -> bool:
    """Whether a file calls itself a video; what it really is, only the worker finds out."""
    return kind.startswith("video/") or (kind in SAYS_NOTHING and name.casefold().endswith(tuple(VIDEO_NAMES)))


def read_size(sent: object) -> int:
    """A whole number of bytes. Raises InvalidInput."""
    if not isinstance(sent, int) or isinstance(sent, bool) or sent < 0:
        raise InvalidInput("The video's size did not arrive. Reload the page and choose it again.")
    return sent


def read_key(sent: str | None) -> str:
    """The Idempotency-Key of a request. Raises InvalidInput."""
    if sent is None or not _KEY.fullmatch(sent):
        raise InvalidInput("The request did not say which upload it begins. Reload the page and try again.")
    return sent


def read_sha256(sent: object) -> str | None:
    """The SHA-256 of the whole file, where the browser knows it. Raises InvalidInput."""
    if sent is None:
        return None
    if not isinstance(sent, str) or not _SHA256.fullmatch(sent):
        raise InvalidInput("The video's digest cannot be read. Try again.")
    return sent


def read_parts(sent: object, plan: Cut) -> list[PartWanted]:
    """The parts a request asks addresses for. Raises InvalidInput for a number or a size that is not the plan's."""
    if not isinstance(sent, list) or not 1 <= len(sent) <= SIGNED_AT_ONCE:
        raise InvalidInput(f"Ask for the addresses of 1 to {SIGNED_AT_ONCE} parts at a time.")
    return [_read_part(each, plan) for each in sent]


def _read_part(sent: object, plan: Cut) -> PartWanted:
    if not isinstance(sent, dict):
        raise InvalidInput("A part of the video cannot be read. Reload the page and choose the video again.")
    n, md5 = read_size(sent.get("n")), sent.get("md5")
    if not plan.holds(n) or read_size(sent.get("size")) != plan.length(n):
        raise InvalidInput(f"Part {n} is not as it was agreed. Reload the page and choose the video again.", part=n)
    if md5 is not None and not (isinstance(md5, str) and _MD5.fullmatch(md5)):
        raise InvalidInput(f"The digest of part {n} cannot be read. Reload the page.", part=n)
    return PartWanted(n, plan.length(n), md5)


def fingerprint(size: int, head: bytes, tail: bytes) -> str:
    """What tells a file from others before it is read whole: its size, and SHA-256 of its first and last MiB.

    The browser makes the same one (static/js/upload/fingerprint.js); without a secure context it cannot hash, and
    sends size and name.
    """
    return f"{size}-{hashlib.sha256(head + tail).hexdigest()}"


def original_key(upload_id: uuid.UUID) -> str:
    return f"uploads/{upload_id}/original"


def id_in_key(key: str) -> uuid.UUID | None:
    """The upload a key was made for; None for any other key."""
    names = key.split("/")
    try:
        return uuid.UUID(names[1]) if names[0] == "uploads" and len(names) == 3 else None
    except ValueError:
        return None


def made_at(upload_id: uuid.UUID) -> datetime:
    """When an id of ours was made: a UUID version 7 begins with the milliseconds since the epoch (RFC 9562)."""
    return datetime.fromtimestamp((upload_id.int >> 80) / 1000, UTC)


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()
