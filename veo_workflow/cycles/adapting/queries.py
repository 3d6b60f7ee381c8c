import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.cycles.adapting.models import Adaptation
from veo_workflow.cycles.models import ChosenStrategy
from veo_workflow.errors import NotFound
from veo_workflow.playbook.models import Step, StrategyVersion

AT_ONCE = 200  # more steps than strategies that can be chosen at once have


def adaptations_of(session: Session, cycle_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """How the pair of a cycle does its steps, by step, where it has said so: one statement."""
    asked = select(Adaptation.step_id, Adaptation.words).where(Adaptation.cycle_id == cycle_id, Adaptation.words != "")
    return {row[0]: row[1] for row in session.execute(asked.limit(AT_ONCE))}


def adapted_strategies(session: Session, cycle_id: uuid.UUID) -> set[uuid.UUID]:
    """The strategies, in use or given up, of which the pair of a cycle does a step in its own way: one statement."""
    return set(
        session.scalars(
            select(StrategyVersion.strategy_id)
            .join(Step, Step.strategy_version_id == StrategyVersion.id)
            .join(Adaptation, Adaptation.step_id == Step.id)
            .where(Adaptation.cycle_id == cycle_id, Adaptation.words != "")
            .distinct()
        )
    )


def step_in_use(session: Session, cycle_id: uuid.UUID, step_id: uuid.UUID) -> tuple[Step, Adaptation | None]:
    """A step of a strategy that the cycle uses, and how the pair does it: one statement. Raises NotFound."""
    row = session.execute(
        select(Step, Adaptation)
        .join(ChosenStrategy, ChosenStrategy.strategy_version_id == Step.strategy_version_id)
        .outerjoin(Adaptation, (Adaptation.step_id == Step.id) & (Adaptation.cycle_id == cycle_id))
        .where(Step.id == step_id, ChosenStrategy.cycle_id == cycle_id)
    ).first()
    if row is None:
        raise NotFound()
    return row[0], row[1]
