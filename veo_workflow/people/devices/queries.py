import uuid
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from veo_workflow.people.models import SignIn
from veo_workflow.settings import Settings


def live_sign_ins(
    session: Session, person_id: uuid.UUID, at: datetime, settings: Settings, *, limit: int, offset: int = 0
) -> list[SignIn]:
    """A person's sign-ins that still count, the one seen last first."""
    idle, shared_idle = (timedelta(seconds=each) for each in (settings.sign_in_idle, settings.shared_idle))
    return list(
        session.scalars(
            select(SignIn)
            .where(
                SignIn.person_id == person_id,
                SignIn.ended_at.is_(None),
                SignIn.last_seen_at > at - idle,
                or_(SignIn.shared.is_(False), SignIn.last_seen_at > at - shared_idle),
                SignIn.created_at > at - timedelta(seconds=settings.sign_in_lifetime),
            )
            .order_by(SignIn.last_seen_at.desc(), SignIn.id)
            .limit(limit)
            .offset(offset)
        )
    )
