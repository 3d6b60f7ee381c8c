"""An administrator records that somebody leaves; everything that was theirs ends with the same commit."""

import uuid
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip
from veo_workflow.clips.shares.operations import end_of_person
from veo_workflow.cycles.pairing.operations import end_pair
from veo_workflow.errors import Conflict, InvalidInput, NotFound
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Person
from veo_workflow.people.operations import close_account
from veo_workflow.removal.leaving import queries


def leave(session: Session, person: Person, *, last_day_of_footage: date, by: Person) -> None:
    """The account closes, pairs end, what they planned is cancelled, and nobody sees their footage any longer.

    It is not handed to a colleague: each clip goes on its own day, on `last_day_of_footage` at the latest.  Raises
    InvalidInput for oneself, Conflict for somebody who has left already, NotFound for an administrator who has.
    """
    _lock(session, person, by)
    if person.id == by.id:
        raise InvalidInput("You cannot close your own account. Ask another administrator.")
    if person.disabled_at is not None:
        raise Conflict(f"{person.name} has left already.", code="has_left")
    close_account(session, person)
    for pair in queries.pairs_in(session, person.id, lock=True):
        end_pair(session, pair, by=by.id)
    close_footage(session, person.id, last_day_of_footage)
    tell(session, queries.leads_of(session, person.school_id), NoticeKind.PERSON_LEFT, person.id, by=by.id)
    record(session, "person_left", by=by.id, school=person.school_id, subject=("person", person.id))


def _lock(session: Session, *people: Person) -> None:
    """Of two administrators who close each other's account, one comes first. Raises NotFound for the other."""
    ids = [person.id for person in people]
    query = select(Person).where(Person.id.in_(ids)).order_by(Person.id).with_for_update()
    session.scalars(query.execution_options(populate_existing=True)).all()
    if people[-1].disabled_at is not None:
        raise NotFound()


def close_footage(session: Session, person_id: uuid.UUID, last_day: date) -> None:
    """Nobody sees their footage any longer, nor they anybody's; it goes on that day at the latest."""
    end_of_person(session, person_id)
    session.execute(
        update(Clip).where(Clip.owner_id == person_id, Clip.delete_by > last_day).values(delete_by=last_day)
    )


def come_back(session: Session, person: Person, *, by: Person) -> None:
    """The account is open again, for a new password; pairs and shares stay ended. Coming back twice is once."""
    session.refresh(person, with_for_update=True)
    if person.disabled_at is not None:
        person.disabled_at = None
        record(session, "person_returned", by=by.id, school=person.school_id, subject=("person", person.id))
