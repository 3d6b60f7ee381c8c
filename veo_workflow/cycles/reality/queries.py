import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.cycles.reality.models import RealityPicture


def current_picture(session: Session, cycle_id: uuid.UUID) -> RealityPicture | None:
    return next(iter(pictures_of(session, cycle_id, limit=1)), None)


def pictures_of(session: Session, cycle_id: uuid.UUID, *, limit: int = 20) -> list[RealityPicture]:
    """The coachee's answers, newest wording first: one statement."""
    return list(
        session.scalars(
            select(RealityPicture)
            .where(RealityPicture.cycle_id == cycle_id)
            .order_by(RealityPicture.revision.desc())
            .limit(limit)
        )
    )


def with_picture(session: Session, cycle_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these cycles have one: one statement."""
    described = select(RealityPicture.cycle_id).where(RealityPicture.cycle_id.in_(cycle_ids)).distinct()
    return set(session.scalars(described))
