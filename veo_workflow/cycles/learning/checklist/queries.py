import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.cycles.learning.models import StepTick
from veo_workflow.cycles.models import ChosenStrategy
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.playbook.models import Step


def steps_in_use(session: Session, cycle_id: uuid.UUID) -> set[uuid.UUID]:
    """The ids of the steps of the cycle's strategies: one statement."""
    return set(
        session.scalars(
            select(Step.id)
            .join(ChosenStrategy, ChosenStrategy.strategy_version_id == Step.strategy_version_id)
            .where(ChosenStrategy.cycle_id == cycle_id)
        )
    )


def ticked(session: Session, seen: CycleSeen) -> set[uuid.UUID]:
    """The steps the coachee has ticked, for the coachee; for a coach none are: one statement at most."""
    if not seen.is_coachee:
        return set()
    return set(session.scalars(select(StepTick.step_id).where(StepTick.cycle_id == seen.cycle.id)))
