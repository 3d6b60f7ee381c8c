"""Both of a pair correct what was measured, and remove it. The acting person is a parameter."""

from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.cycles.models import Cycle, MeasureReading
from veo_workflow.cycles.readings.rules import Figure
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.models import Person


def correct(
    session: Session, cycle: Cycle, reading: MeasureReading, figure: Figure, *, version: int, by: Person
) -> None:
    """Another figure or day, written over `version` of the reading.

    Raises InvalidInput for one that was removed, Conflict when the other person corrected it meanwhile.
    """
    _hold(session, reading)
    if reading.version != version:
        raise Conflict("The other person has just corrected this figure. Both are below.", code="reading_changed")
    reading.value, reading.taken_on = figure.value, figure.taken_on
    _changed(reading, by)
    record(session, "measure_corrected", by=by.id, school=cycle.school_id, subject=("reading", reading.id))


def remove(session: Session, cycle: Cycle, reading: MeasureReading, *, by: Person) -> None:
    """It counts no longer. Raises InvalidInput for one that was removed already."""
    _hold(session, reading)
    reading.removed_at = now()
    _changed(reading, by)
    record(session, "measure_removed", by=by.id, school=cycle.school_id, subject=("reading", reading.id))


def _hold(session: Session, reading: MeasureReading) -> None:
    session.refresh(reading, with_for_update=True)
    if reading.removed_at is not None:
        raise InvalidInput("This figure was removed. Measure again, or write it down anew.")


def _changed(reading: MeasureReading, by: Person) -> None:
    reading.version += 1
    reading.changed_at, reading.changed_by_id = now(), by.id
