import uuid
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.audit.models import AuditEntry, AuditSeal, SealedEntry
from veo_workflow.audit.queries import COLUMNS, UNSEALED
from veo_workflow.audit.rules import FIRST, Entry, seal
from veo_workflow.database import database_now

AT_ONCE = 1000
# A transaction writes its entries when it begins to and shows them when it ends; none of ours lasts so long.
LATEST = timedelta(days=1)


def record(
    session: Session,
    action: str,
    *,
    by: uuid.UUID | None,
    school: uuid.UUID | None,
    subject: tuple[str, uuid.UUID | None],
) -> None:
    """Write one entry in the caller's transaction: what happened and the record of it stand or fall together."""
    kind, subject_id = subject
    session.add(AuditEntry(action=action, person_id=by, school_id=school, subject_kind=kind, subject_id=subject_id))


def seal_entries(session: Session) -> int:
    """Put a seal on the entries that have none, at most `AT_ONCE`, and return how many those were.

    Not in the request that writes an entry: every playback would queue for the last seal (SAFEGUARDING C1).  Of two
    that seal at once the second fails on the seal's number, and tries again in the next round.
    """
    newest = session.scalar(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1))
    waiting = select(*COLUMNS).where(UNSEALED)
    if newest is not None:  # so that the whole log is not gone through each time
        waiting = waiting.where(AuditEntry.at > newest.sealed_at - LATEST)
    found = [Entry(*row) for row in session.execute(waiting.order_by(AuditEntry.at, AuditEntry.id).limit(AT_ONCE))]
    if not found:
        return 0
    number = newest.number + 1 if newest else 1
    hashed = seal(newest.hash if newest else FIRST, found)
    session.add(AuditSeal(number=number, entries=len(found), hash=hashed, sealed_at=database_now(session)))
    session.flush()
    session.add_all(SealedEntry(entry_id=each.id, seal_number=number) for each in found)
    return len(found)
