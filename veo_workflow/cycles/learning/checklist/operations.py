import uuid
from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from veo_workflow.cycles.learning.checklist.queries import steps_in_use
from veo_workflow.cycles.learning.models import StepTick
from veo_workflow.cycles.models import Cycle
from veo_workflow.errors import InvalidInput


def tick(session: Session, cycle: Cycle, shown: Collection[uuid.UUID], ticked: Collection[uuid.UUID]) -> None:
    """Of the steps `shown`, those in `ticked` are ticked from now on, and the others not; other steps stay as they are.

    Raises InvalidInput for a step that is in no strategy of the cycle.
    """
    session.execute(select(Cycle.id).where(Cycle.id == cycle.id).with_for_update())
    if set(shown) - steps_in_use(session, cycle.id):
        raise InvalidInput("The strategies of this cycle have changed meanwhile. Reload the page to see their steps.")
    standing = select(StepTick.step_id).where(StepTick.cycle_id == cycle.id, StepTick.step_id.in_(shown))
    there = set(session.scalars(standing))
    session.add_all(StepTick(cycle_id=cycle.id, step_id=step) for step in set(ticked) & set(shown) - there)
    gone = there - set(ticked)
    session.execute(delete(StepTick).where(StepTick.cycle_id == cycle.id, StepTick.step_id.in_(gone)))
