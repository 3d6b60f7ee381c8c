"""How the audit log is sealed: pure functions over plain values (SAFEGUARDING C1)."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

FIRST = "0" * 64  # stands before the first seal
_BETWEEN = "\x1f"  # in no field: they are ids, times and words of our own


@dataclass(frozen=True)
class Entry:
    """An audit entry as plain values."""

    id: uuid.UUID
    at: datetime
    school_id: uuid.UUID | None
    person_id: uuid.UUID | None
    action: str
    subject_kind: str
    subject_id: uuid.UUID | None


def seal(before: str, entries: Iterable[Entry]) -> str:
    """The hash (SHA-256, in hexadecimal) over the seal before and these entries, in the order of their ids."""
    digest = hashlib.sha256(before.encode())
    for entry in sorted(entries, key=lambda entry: entry.id):
        digest.update(("\n" + _line(entry)).encode())
    return digest.hexdigest()


def _line(entry: Entry) -> str:
    """Alike on every database: the id in hexadecimal, the time in UTC to the microsecond."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    ids = (entry.school_id, entry.person_id, entry.subject_id)
    said = ("" if value is None else value.hex for value in ids)
    return _BETWEEN.join((entry.id.hex, at, entry.action, entry.subject_kind, *said))
