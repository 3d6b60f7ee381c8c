import uuid
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.people.models import SignIn


def live_sign_ins(
    session: Session, person_id: uuid.UUID, at: datetime, *, idle: int, lifetime: int, limit: int, offset: int = 0
) -> list[SignIn]:
    """A person's sign-ins that still count, the one seen last first; `idle` and `lifetime` are seconds."""
    return list(
        session.scalars(
            select(SignIn)
            .where(
                SignIn.person_id == person_id,
                SignIn.ended_at.is_(None),
                SignIn.last_seen_at > at - timedelta(seconds=idle),
                SignIn.created_at > at - timedelta(seconds=lifetime),
            )
            .order_by(SignIn.last_seen_at.desc(), SignIn.id)
            .limit(limit)
            .offset(offset)
        )
    )
