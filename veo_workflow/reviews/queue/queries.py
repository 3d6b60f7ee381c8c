"""What the pair has written of a clip's moments, for whoever is about to take some of them away."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.reviews.models import ReviewMoment
from veo_workflow.tags.models import Tag


def written_of(session: Session, clip_id: uuid.UUID) -> list[tuple[int, int]]:
    """(press, start) in ms of each moment that a review says something of, in lesson order: one statement."""
    rows = session.execute(
        select(Tag.pressed_ms, Tag.start_ms)
        .join(ReviewMoment, ReviewMoment.tag_id == Tag.id)
        .where(Tag.clip_id == clip_id, Tag.shared_at.is_not(None), ReviewMoment.taken != "")
        .order_by(Tag.start_ms, Tag.id)
    )
    return [(pressed, start) for pressed, start in rows]


def writers_of(session: Session, clip_id: uuid.UUID) -> set[uuid.UUID | None]:
    """Who wrote those words last; None where that is not known any more: one statement."""
    rows = session.scalars(
        select(ReviewMoment.taken_by_id)
        .join(Tag, Tag.id == ReviewMoment.tag_id)
        .where(Tag.clip_id == clip_id, Tag.shared_at.is_not(None), ReviewMoment.taken != "")
        .distinct()
    )
    return set(rows)
