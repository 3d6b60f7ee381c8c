from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.errors import InvalidInput
from veo_workflow.people.models import Person
from veo_workflow.people.providers.models import Identity
from veo_workflow.people.providers.rules import Told

STRANGER = "Nobody here goes by that account. Ask your administrator for an invitation to the address you use there."


def person_meant(session: Session, told: Told) -> Person:
    """Whom the provider means. Nobody becomes one of us this way: an administrator has to have added them.

    The first time a verified e-mail address leads to an account that this provider has not spoken of before; from then
    on issuer and subject alone decide.  Raises InvalidInput.
    """
    known = session.scalar(
        select(Person)
        .join(Identity, Identity.person_id == Person.id)
        .where(Identity.issuer == told.issuer, Identity.subject == told.subject)
    )
    person = known or _link(session, told)
    if person.disabled_at is not None:
        raise InvalidInput(STRANGER, code="stranger")
    return person


def _link(session: Session, told: Told) -> Person:
    taken = select(Identity.id).where(Identity.person_id == Person.id, Identity.issuer == told.issuer).exists()
    person = session.scalar(
        select(Person).where(Person.email == told.email, Person.disabled_at.is_(None), ~taken).with_for_update()
    )
    if not told.email or person is None:
        raise InvalidInput(STRANGER, code="stranger")
    try:
        with session.begin_nested():
            session.add(Identity(person_id=person.id, issuer=told.issuer, subject=told.subject))
    except IntegrityError:  # two browsers at once
        raise InvalidInput(STRANGER, code="stranger") from None
    record(session, "identity_linked", by=person.id, school=person.school_id, subject=("person", person.id))
    return person
