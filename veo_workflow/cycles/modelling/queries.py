import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from veo_workflow.cycles.modelling.models import Modelling
from veo_workflow.errors import NotFound


def modellings_of(session: Session, cycle_id: uuid.UUID, *, limit: int, offset: int = 0) -> list[Modelling]:
    """How the strategies of a cycle were modelled, the last first: one statement."""
    return list(
        session.scalars(
            select(Modelling)
            .where(Modelling.cycle_id == cycle_id)
            .order_by(Modelling.modelled_on.desc(), Modelling.id.desc())
            .limit(limit)
            .offset(offset)
        )
    )


def modelling_in(session: Session, cycle_id: uuid.UUID, modelling_id: uuid.UUID) -> Modelling:
    """Raises NotFound."""
    found = session.get(Modelling, modelling_id)
    if found is None or found.cycle_id != cycle_id:
        raise NotFound()
    return found


def count_modellings(session: Session, cycle_id: uuid.UUID) -> int:
    return session.scalar(select(func.count()).select_from(Modelling).where(Modelling.cycle_id == cycle_id)) or 0
