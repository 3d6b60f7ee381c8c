"""The erasure ledger: what must not come back, kept beside the database and not in it (SAFEGUARDING B4).

A restored backup has every clip again that it had when it was made.  The ledger is replayed over it, and what had been
erased is gone once more.  Each erased clip is an object in storage, `erasures/<clip>`, written before its first byte
goes; what else was trimmed, taken back, flagged, held or removed (`removal.changes`) is one object, which upkeep brings
up to date.  `save` writes all of it to a file that is kept where the backups are.
"""

import json
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.audit.models import AuditEntry
from veo_workflow.audit.operations import record
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.clips.rules import GONE
from veo_workflow.database import Database
from veo_workflow.errors import InvalidInput
from veo_workflow.removal import changes, replaying
from veo_workflow.removal.changes import Change, What
from veo_workflow.storage import NoSuchObject, Storage

PREFIX = "erasures/"
CHANGES = f"{PREFIX}changes"


@dataclass(frozen=True)
class Erasure:
    """A tombstone: which clip, when, why (its last state), and who, where it was somebody; ids and a moment only."""

    clip: str
    at: str
    why: str
    by: str | None

    @property
    def key(self) -> tuple[str, str, int]:
        """What is noted twice under the same key is one thing."""
        return "erased", self.clip, 0


Entry: TypeAlias = Erasure | Change


def tombstone(session: Session, clip_id: uuid.UUID) -> Erasure:
    """What stays of a clip that is gone: two statements."""
    clip = session.get_one(Clip, clip_id)
    ended = (AuditEntry.subject_id == clip_id, AuditEntry.action == f"clip_{clip.state.value}")
    by = session.scalar(select(AuditEntry.person_id).where(*ended).order_by(AuditEntry.at.desc()).limit(1))
    at = clip.ended_at.isoformat(timespec="seconds") if clip.ended_at else ""
    return Erasure(str(clip_id), at, clip.state.value, str(by) if by else None)


def note(storage: Storage, erasure: Erasure) -> None:
    """Before the first byte goes; noted twice it is noted once."""
    _put(storage, f"{PREFIX}{erasure.clip}", json.dumps(asdict(erasure)))


def note_changes(database: Database, storage: Storage, since: datetime) -> int:
    """Bring what storage knows of changes up to date, of files with those `since`; returns how many there are.

    What it knows already stays, though the database forgot it, until its clip has been erased.
    """
    with database.reading() as session:
        made = changes.made(session, since)
    erased = {stored.key.removeprefix(PREFIX) for stored in storage.list(PREFIX)}
    before = _read(storage, CHANGES)
    fresh = _lines(each for each in changes.latest([*_changes(before), *made]) if each.clip not in erased)
    if fresh != before:
        _put(storage, CHANGES, fresh)
    storage.delete_older(PREFIX)  # also what an earlier round, killed right here, has left
    return len(fresh.splitlines())


def noted(storage: Storage) -> Iterator[Entry]:
    for stored in list(storage.list(PREFIX)):
        if stored.key != CHANGES and (found := _read(storage, stored.key)):
            yield Erasure(**json.loads(found))
    yield from _changes(_read(storage, CHANGES))


def _put(storage: Storage, key: str, text: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(text)
        file.flush()
        storage.put(key, Path(file.name), "application/json")


def _read(storage: Storage, key: str) -> str:
    """Empty where there is nothing, or nothing any more."""
    try:
        with storage.local(key) as path:
            return path.read_text()
    except NoSuchObject:
        return ""


def _changes(text: str) -> list[Change]:
    return [_change(json.loads(line)) for line in text.splitlines()]


def _change(line: dict[str, Any]) -> Change:
    first, last = line["frames"]
    read = {"what": What(line["what"]), "frames": (int(first), int(last)), "roles": tuple(line.get("roles", ()))}
    return Change(**{**line, **read})


def _lines(entries: Iterable[Entry]) -> str:
    return "".join(f"{json.dumps(asdict(each))}\n" for each in entries)


def save(storage: Storage, file: Path) -> int:
    """Bring a file of the ledger up to date, in place of the one that stood there; returns how many entries it has.

    What the file has and storage has not, stays: a ledger only grows.
    """
    known: dict[tuple[str, str, int], Entry] = {each.key: each for each in (read(file) if file.exists() else [])}
    known |= {each.key: each for each in noted(storage)}
    fresh = file.with_name(f".{file.name}")
    fresh.write_text(_lines(known.values()))
    fresh.replace(file)
    return len(known)


def read(file: Path) -> list[Entry]:
    """Raises InvalidInput for a file that is no ledger."""
    try:
        found = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
        return [_change(each) if "what" in each else Erasure(**each) for each in found]
    except (OSError, ValueError, TypeError, KeyError):
        raise InvalidInput(f"{file} is no erasure ledger; name the file that veo erasures save wrote.") from None


def replay_all(session: Session, entries: Iterable[Entry], storage: Storage) -> int:
    """Everything that a ledger knows of is done again with this commit; returns how much of it had come back."""
    found = list(entries)
    count = replay(session, found)
    return count + replaying.replay(session, (each for each in found if isinstance(each, Change)), storage)


def replay(session: Session, entries: Iterable[Entry]) -> int:
    """Clips that had been erased are gone with this commit; upkeep erases their bytes.  Returns how many there were.

    A hold does not keep them: it had been lifted before they were erased.
    """
    by_clip = {uuid.UUID(each.clip): each for each in entries if isinstance(each, Erasure)}
    back = select(Clip).where(Clip.id.in_(by_clip), Clip.erased_at.is_(None))
    count = 0
    for clip in session.scalars(back).all():
        if clip.state in GONE and clip.held_at is None:
            continue
        clip.held_at = None
        why = ClipState(by_clip[clip.id].why)
        clips.end(session, clip, why if why in GONE else ClipState.WITHDRAWN, by=None)
        record(session, "erasure_replayed", by=None, school=clip.school_id, subject=("clip", clip.id))
        count += 1
    return count
