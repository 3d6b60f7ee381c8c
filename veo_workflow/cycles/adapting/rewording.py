import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.cycles.adapting.models import Adaptation
from veo_workflow.cycles.models import Cycle
from veo_workflow.playbook.comparing import same_steps
from veo_workflow.playbook.models import Step, StrategyVersion
from veo_workflow.playbook.queries import words_of_step


def take_over(session: Session, cycle: Cycle, wordings: dict[uuid.UUID, uuid.UUID]) -> None:
    """What the pair does in its own way goes from the steps of an old wording to the same steps of the new.

    `wordings` maps versions of strategies to those that take their place. What a step that is no longer there was
    adapted to stays with the old wording.
    """
    if not wordings:
        return
    adapted = _adapted(session, cycle.id)
    versions = {*wordings.keys(), *wordings.values()}
    steps: dict[uuid.UUID, list[Step]] = {version: [] for version in versions}
    for step in session.scalars(select(Step).where(Step.strategy_version_id.in_(versions)).order_by(Step.number)):
        steps[step.strategy_version_id].append(step)
    for old, new in wordings.items():
        _take_over(session, adapted, steps[old], steps[new])


def _take_over(session: Session, adapted: dict[uuid.UUID, Adaptation], old: list[Step], new: list[Step]) -> None:
    for at, was in same_steps(list(map(words_of_step, old)), list(map(words_of_step, new))).items():
        ours = adapted.get(old[was].id)
        if ours is None or not ours.words or new[at].id in adapted:
            continue
        session.add(
            Adaptation(
                cycle_id=ours.cycle_id,
                step_id=new[at].id,
                words=ours.words,
                changed_by_id=ours.changed_by_id,
                changed_at=ours.changed_at,
            )
        )


def _adapted(session: Session, cycle_id: uuid.UUID) -> dict[uuid.UUID, Adaptation]:
    return {each.step_id: each for each in session.scalars(select(Adaptation).where(Adaptation.cycle_id == cycle_id))}


def kept_from_before(
    session: Session, cycle_id: uuid.UUID, chosen: Collection[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """From which earlier wording of its strategy, given up in this cycle, each of the chosen ones takes over.

    A wording that the pair has adapted before has its own words still, and takes over none.
    """
    if not chosen:
        return {}
    strategies = select(StrategyVersion.strategy_id).where(StrategyVersion.id.in_(chosen))
    asked = (
        select(StrategyVersion.strategy_id, StrategyVersion.id)
        .join(Step, Step.strategy_version_id == StrategyVersion.id)
        .join(Adaptation, Adaptation.step_id == Step.id)
        .where(Adaptation.cycle_id == cycle_id, StrategyVersion.strategy_id.in_(strategies))
        .order_by(StrategyVersion.version)
    )
    newest = {row[0]: row[1] for row in session.execute(asked)}
    found = session.execute(
        select(StrategyVersion.strategy_id, StrategyVersion.id).where(StrategyVersion.id.in_(chosen))
    )
    return {newest[strategy]: version for strategy, version in found if newest.get(strategy, version) != version}
