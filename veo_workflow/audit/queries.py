"""Reading the audit log, and checking that nobody has been at it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from veo_workflow.audit.models import AuditEntry, AuditSeal, SealedEntry
from veo_workflow.audit.rules import FIRST, Entry, seal
from veo_workflow.database import database_now

COLUMNS = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.school_id,
    AuditEntry.person_id,
    AuditEntry.action,
    AuditEntry.subject_kind,
    AuditEntry.subject_id,
)
UNSEALED = ~exists().where(SealedEntry.entry_id == AuditEntry.id)


@dataclass(frozen=True)
class Verified:
    """What the check found. `last` is the newest seal's hash: kept elsewhere, it shows later that none was cut off."""

    entries: int
    seals: int
    waiting: int
    last: str
    faults: tuple[str, ...]


def verify(session: Session, *, patience: timedelta, on_progress: Callable[[int], object]) -> Verified:
    """Every seal against the entries it covers, and no old entry without one; memory holds one seal's entries.

    `patience` is how long an entry may wait for its seal; `on_progress` is told how many entries were looked at.
    """
    before, looked_at, faults = FIRST, 0, []
    expected = 1
    for found in _seals(session):
        if found.number != expected:
            faults.append(f"Seal {expected} is missing.")
        covered = [
            Entry(*row)
            for row in session.execute(
                select(*COLUMNS)
                .join(SealedEntry, SealedEntry.entry_id == AuditEntry.id)
                .where(SealedEntry.seal_number == found.number)
            )
        ]
        if len(covered) != found.entries:
            faults.append(f"Seal {found.number} covers {found.entries} entries; {len(covered)} of them are there.")
        elif seal(before, covered) != found.hash:
            faults.append(f"Seal {found.number} of {found.sealed_at:%d %B %Y %H:%M} UTC does not fit its entries.")
        before, expected, looked_at = found.hash, found.number + 1, looked_at + len(covered)
        on_progress(looked_at)
    waiting, old = _waiting(session, patience)
    if old:
        faults.append(f"{old} {'entry has' if old == 1 else 'entries have'} no seal although time enough has passed.")
    return Verified(looked_at, expected - 1, waiting, before, tuple(faults))


def _seals(session: Session) -> Iterator[AuditSeal]:
    """All of them in order, a hundred at a time."""
    last = 0
    while True:
        found = session.scalars(
            select(AuditSeal).where(AuditSeal.number > last).order_by(AuditSeal.number).limit(100)
        ).all()
        yield from found
        if not found:
            return
        last = found[-1].number


def _waiting(session: Session, patience: timedelta) -> tuple[int, int]:
    """How many entries wait for their seal, and how many of them for longer than `patience`."""
    since = database_now(session) - patience
    waiting = select(func.count()).select_from(AuditEntry).where(UNSEALED)
    return session.scalar(waiting) or 0, session.scalar(waiting.where(AuditEntry.at < since)) or 0
