import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from veo_workflow.cycles.learning.models import Resource
from veo_workflow.cycles.models import ChosenStrategy
from veo_workflow.errors import NotFound
from veo_workflow.playbook.models import StrategyVersion


def resources_of(session: Session, cycle_id: uuid.UUID, *, limit: int, offset: int = 0) -> list[Resource]:
    """What was sent in a cycle that the asker may see, newest first: one statement."""
    return list(
        session.scalars(
            select(Resource)
            .where(Resource.cycle_id == cycle_id)
            .options(joinedload(Resource.about).lazyload(StrategyVersion.steps))
            .order_by(Resource.sent_at.desc(), Resource.id)
            .limit(limit)
            .offset(offset)
        )
    )


def count_resources(session: Session, cycle_id: uuid.UUID) -> int:
    return session.scalar(select(func.count()).where(Resource.cycle_id == cycle_id)) or 0


def resource_of(session: Session, cycle_id: uuid.UUID, resource_id: uuid.UUID) -> Resource:
    """Raises NotFound."""
    found = session.get(Resource, resource_id)
    if found is None or found.cycle_id != cycle_id:
        raise NotFound()
    return found


def strategies_named(session: Session, cycle_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """What a resource may be about: the titles of the strategies in use by their wording, one statement."""
    found = session.execute(
        select(StrategyVersion.id, StrategyVersion.title)
        .join(ChosenStrategy, ChosenStrategy.strategy_version_id == StrategyVersion.id)
        .where(ChosenStrategy.cycle_id == cycle_id)
        .order_by(ChosenStrategy.position)
    )
    return {row[0]: row[1] for row in found}
