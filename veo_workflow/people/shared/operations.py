import secrets
import uuid
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.database import now
from veo_workflow.errors import Gone, NotFound
from veo_workflow.people.models import Person
from veo_workflow.people.operations import hash_token, open_sign_in
from veo_workflow.people.shared.models import ShownCode

LASTS = timedelta(minutes=2)
OVER = "This code was used, or is older than two minutes. Show a new one on the screen you are signed in on."


def new_token() -> str:
    return secrets.token_urlsafe(24)


def show_code(session: Session, person: Person) -> tuple[ShownCode, str]:
    """A new code and its token, which leaves here once. One shown before no longer works."""
    session.execute(delete(ShownCode).where(ShownCode.person_id == person.id))
    token, at = new_token(), now()
    code = ShownCode(person_id=person.id, token_hash=hash_token(token), shown_at=at, expires_at=at + LASTS)
    session.add(code)
    session.flush()
    record(session, "code_shown", by=person.id, school=person.school_id, subject=("code", code.id))
    return code, token


def person_of_code(session: Session, token: str) -> Person:
    """Whom a code signs in, while it does. Raises Gone."""
    person = session.scalar(
        select(Person)
        .join(ShownCode, ShownCode.person_id == Person.id)
        .where(
            ShownCode.token_hash == hash_token(token),
            ShownCode.used_at.is_(None),
            ShownCode.expires_at > now(),
            Person.disabled_at.is_(None),
        )
    )
    if person is None:
        raise Gone(OVER)
    return person


def use_code(session: Session, token: str, device: str) -> tuple[Person, str]:
    """Sign the person in on a shared device; returns the token for its browser. Of two at once one wins.

    Raises Gone.
    """
    person = person_of_code(session, token)
    used = session.scalar(
        update(ShownCode)
        .where(ShownCode.token_hash == hash_token(token), ShownCode.used_at.is_(None))
        .values(used_at=now(), used_on=device)
        .returning(ShownCode.id)
    )
    if used is None:
        raise Gone(OVER)
    record(session, "code_used", by=person.id, school=person.school_id, subject=("code", used))
    return person, open_sign_in(session, person, device, shared=True)


def code_of(session: Session, person: Person, code_id: uuid.UUID) -> ShownCode:
    """Raises NotFound for one that is not this person's, or is no longer shown."""
    code = session.get(ShownCode, code_id)
    if code is None or code.person_id != person.id:
        raise NotFound()
    return code
