import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.cycles.models import MeasureReading
from veo_workflow.errors import NotFound


def readings_of(session: Session, cycle_id: uuid.UUID, *, limit: int, offset: int = 0) -> list[MeasureReading]:
    """The readings of a cycle, removed ones too, the latest day first: one statement."""
    return list(
        session.scalars(
            select(MeasureReading)
            .where(MeasureReading.cycle_id == cycle_id)
            .order_by(MeasureReading.taken_on.desc(), MeasureReading.recorded_at.desc(), MeasureReading.id)
            .limit(limit)
            .offset(offset)
        )
    )


def reading_of(session: Session, cycle_id: uuid.UUID, reading_id: uuid.UUID) -> MeasureReading:
    """Raises NotFound."""
    reading = session.get(MeasureReading, reading_id)
    if reading is None or reading.cycle_id != cycle_id:
        raise NotFound()
    return reading
