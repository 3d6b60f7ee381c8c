import uuid

from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.people.models import Person


def note_cycle(session: Session, cycle_id: uuid.UUID, *, by: Person) -> None:
    """Write down that somebody takes a cycle out, before they get it."""
    record(session, "cycle_taken_out", by=by.id, school=by.school_id, subject=("cycle", cycle_id))
