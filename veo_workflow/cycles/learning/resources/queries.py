import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from veo_workflow.cycles.learning.models import Resource
from veo_workflow.errors import NotFound


def resources_of(session: Session, cycle_id: uuid.UUID, *, limit: int, offset: int = 0) -> list[Resource]:
    """What was sent in a cycle that the asker may see, newest first: one statement."""
    return list(
        session.scalars(
            select(Resource)
            .where(Resource.cycle_id == cycle_id)
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
