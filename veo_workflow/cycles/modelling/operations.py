import dataclasses

from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record as note
from veo_workflow.cycles.modelling.models import Modelling
from veo_workflow.cycles.modelling.queries import count_modellings
from veo_workflow.cycles.modelling.rules import MOST, ModellingWords
from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.operations import one_at_a_time
from veo_workflow.errors import InvalidInput
from veo_workflow.people.models import Person


def record(session: Session, cycle: Cycle, words: ModellingWords, *, by: Person) -> Modelling:
    """Raises InvalidInput where the cycle holds enough."""
    one_at_a_time(session, cycle)
    if count_modellings(session, cycle.id) >= MOST:
        raise InvalidInput(f"This cycle holds {MOST} records of modelling. Remove one first.")
    modelling = Modelling(cycle_id=cycle.id, recorded_by_id=by.id, **dataclasses.asdict(words))
    session.add(modelling)
    session.flush()
    note(session, "modelling_recorded", by=by.id, school=cycle.school_id, subject=("cycle", cycle.id))
    return modelling


def remove(session: Session, cycle: Cycle, modelling: Modelling, *, by: Person) -> None:
    session.delete(modelling)
    note(session, "modelling_removed", by=by.id, school=cycle.school_id, subject=("cycle", cycle.id))
