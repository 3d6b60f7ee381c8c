import uuid

from sqlalchemy import update
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.database import now
from veo_workflow.errors import NotFound
from veo_workflow.people.models import Person, SignIn
from veo_workflow.people.operations import hash_token


def end_one(session: Session, sign_in_id: uuid.UUID, *, by: Person) -> None:
    """One of one's own devices is signed out, from any other. Raises NotFound; ended already is as good."""
    row = session.get(SignIn, sign_in_id)
    if row is None or row.person_id != by.id:
        raise NotFound()
    if row.ended_at is None:
        row.ended_at = now()
        record(session, "signed_out", by=by.id, school=by.school_id, subject=("sign_in", row.id))


def end_others(session: Session, token: str, *, by: Person) -> int:
    """Every device but the one that holds the token is signed out. Returns how many those were."""
    ended = session.scalars(
        update(SignIn)
        .where(SignIn.person_id == by.id, SignIn.ended_at.is_(None), SignIn.token_hash != hash_token(token))
        .values(ended_at=now())
        .returning(SignIn.id)
    ).all()
    for sign_in_id in ended:
        record(session, "signed_out", by=by.id, school=by.school_id, subject=("sign_in", sign_in_id))
    return len(ended)
