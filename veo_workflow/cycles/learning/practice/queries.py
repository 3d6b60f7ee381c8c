import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from veo_workflow.cycles.learning.models import PracticeEntry
from veo_workflow.errors import NotFound


def entries_of(session: Session, cycle_id: uuid.UUID, *, limit: int, offset: int = 0) -> list[PracticeEntry]:
    """The entries of a cycle that the asker may see, latest lesson first, with their steps: two statements."""
    return list(
        session.scalars(
            select(PracticeEntry)
            .where(PracticeEntry.cycle_id == cycle_id)
            .order_by(PracticeEntry.practised_on.desc(), PracticeEntry.id.desc())
            .limit(limit)
            .offset(offset)
        )
    )


def count_entries(session: Session, cycle_id: uuid.UUID) -> int:
    return session.scalar(select(func.count()).where(PracticeEntry.cycle_id == cycle_id)) or 0


def entry_of(session: Session, cycle_id: uuid.UUID, entry_id: uuid.UUID) -> PracticeEntry:
    """Raises NotFound."""
    entry = session.get(PracticeEntry, entry_id)
    if entry is None or entry.cycle_id != cycle_id:
        raise NotFound()
    return entry
