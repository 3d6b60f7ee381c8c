import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.cycles.adapting.models import Adaptation
from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.operations import one_at_a_time
from veo_workflow.database import now
from veo_workflow.errors import Conflict
from veo_workflow.people.models import Person


def adapt(session: Session, cycle: Cycle, step_id: uuid.UUID, words: str, *, after: int, by: Person) -> Adaptation:
    """How the pair does a step of a strategy in use, on top of version `after` (0: nothing was said yet).

    Raises Conflict carrying what the other one wrote meanwhile.
    """
    one_at_a_time(session, cycle)
    adaptation = session.get(Adaptation, (cycle.id, step_id), populate_existing=True)
    if (adaptation.version if adaptation else 0) != after:
        raise Conflict(
            "The other person changed this while you were writing. Both texts are below.",
            code="adaptation_changed",
            theirs=adaptation,
        )
    if adaptation is None:
        adaptation = Adaptation(cycle_id=cycle.id, step_id=step_id, version=0)
        session.add(adaptation)
    adaptation.words, adaptation.version = words, after + 1
    adaptation.changed_by_id, adaptation.changed_at = by.id, now()
    session.flush()
    record(session, "step_adapted", by=by.id, school=cycle.school_id, subject=("cycle", cycle.id))
    return adaptation


def carry_on(session: Session, cycle: Cycle, following: Cycle) -> None:
    """What the pair does in its own way goes with the strategies into the next cycle."""
    session.add_all(
        Adaptation(cycle_id=following.id, step_id=each.step_id, words=each.words, changed_by_id=each.changed_by_id)
        for each in session.scalars(
            select(Adaptation).where(Adaptation.cycle_id == cycle.id, Adaptation.words != "")
        ).all()
    )
