import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from veo_workflow.cycles.adapting.models import Adaptation
from veo_workflow.cycles.models import Cycle
from veo_workflow.playbook.models import Step


def take_over(session: Session, cycle: Cycle, wordings: dict[uuid.UUID, uuid.UUID]) -> None:
    """What the pair does in its own way goes from the steps of an old wording to those of the new, by their numbers.

    `wordings` maps versions of strategies to those that take their place. What a step that is no longer there was
    adapted to stays with the old wording.
    """
    old, new = aliased(Step), aliased(Step)
    adapted = select(Adaptation, old.strategy_version_id, new.strategy_version_id, new.id).join(
        old, old.id == Adaptation.step_id
    )
    found = session.execute(
        adapted.join(new, new.number == old.number).where(
            Adaptation.cycle_id == cycle.id,
            Adaptation.words != "",
            old.strategy_version_id.in_(wordings.keys()),
            new.strategy_version_id.in_(wordings.values()),
        )
    )
    session.add_all(
        Adaptation(
            cycle_id=cycle.id,
            step_id=step_id,
            words=each.words,
            changed_by_id=each.changed_by_id,
            changed_at=each.changed_at,
        )
        for each, before, after, step_id in found.all()
        if wordings[before] == after
    )
