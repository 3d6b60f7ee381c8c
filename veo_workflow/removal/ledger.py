"""The erasure ledger: which clips are gone for good, kept beside the database and not in it (SAFEGUARDING B4).

A restored backup has every clip again that it had when it was made.  The ledger is replayed over it, and what had been
erased is gone once more.  Each entry is an object in storage, `erasures/<clip>`, written before the clip's first byte
goes; `save` writes them all to a file that is kept where the backups are.
"""

import json
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.audit.models import AuditEntry
from veo_workflow.audit.operations import record
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.clips.rules import GONE
from veo_workflow.errors import InvalidInput
from veo_workflow.storage import NoSuchObject, Storage

PREFIX = "erasures/"


@dataclass(frozen=True)
class Erasure:
    """A tombstone: which clip, when, why (its last state), and who, where it was somebody; ids and a moment only."""

    clip: str
    at: str
    why: str
    by: str | None


def tombstone(session: Session, clip_id: uuid.UUID) -> Erasure:
    """What stays of a clip that is gone: two statements."""
    clip = session.get_one(Clip, clip_id)
    ended = (AuditEntry.subject_id == clip_id, AuditEntry.action == f"clip_{clip.state.value}")
    by = session.scalar(select(AuditEntry.person_id).where(*ended).order_by(AuditEntry.at.desc()).limit(1))
    at = clip.ended_at.isoformat(timespec="seconds") if clip.ended_at else ""
    return Erasure(str(clip_id), at, clip.state.value, str(by) if by else None)


def note(storage: Storage, erasure: Erasure) -> None:
    """Before the first byte goes; noted twice it is noted once."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(asdict(erasure), file)
        file.flush()
        storage.put(f"{PREFIX}{erasure.clip}", Path(file.name), "application/json")


def noted(storage: Storage) -> Iterator[Erasure]:
    for stored in list(storage.list(PREFIX)):
        try:
            with storage.local(stored.key) as path:
                yield Erasure(**json.loads(path.read_text()))
        except NoSuchObject:
            continue


def save(storage: Storage, file: Path) -> int:
    """Bring a file of the ledger up to date, in place of the one that stood there; returns how many entries it has.

    What the file has and storage has not, stays: a ledger only grows.
    """
    known = {each.clip: each for each in (read(file) if file.exists() else [])}
    known |= {each.clip: each for each in noted(storage)}
    fresh = file.with_name(f".{file.name}")
    fresh.write_text("".join(f"{json.dumps(asdict(each))}\n" for each in known.values()))
    fresh.replace(file)
    return len(known)


def read(file: Path) -> list[Erasure]:
    """Raises InvalidInput for a file that is no ledger."""
    try:
        return [Erasure(**json.loads(line)) for line in file.read_text().splitlines() if line.strip()]
    except (OSError, ValueError, TypeError):
        raise InvalidInput(f"{file} is no erasure ledger; name the file that veo erasures save wrote.") from None


def replay(session: Session, erasures: Iterable[Erasure]) -> int:
    """Clips that had been erased are gone with this commit; upkeep erases their bytes.  Returns how many there were.

    A hold does not keep them: it had been lifted before they were erased.
    """
    by_clip = {uuid.UUID(each.clip): each for each in erasures}
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
