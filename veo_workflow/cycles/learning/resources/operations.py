import uuid

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.cycles.learning.models import Resource
from veo_workflow.cycles.learning.resources.rules import Link
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.errors import NotFound
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Person


def send(session: Session, cycle: Cycle, resource_id: uuid.UUID, link: Link, *, by: Person) -> None:
    """Send a link to the coachee, who hears of it; sent twice under one id it is sent once.

    Raises NotFound where the id is another cycle's.
    """
    session.execute(select(Cycle.id).where(Cycle.id == cycle.id).with_for_update())
    known = session.get(Resource, resource_id)
    if known is not None and known.cycle_id != cycle.id:
        raise NotFound()
    if known is not None:
        return
    session.add(
        Resource(id=resource_id, cycle_id=cycle.id, title=link.title, url=link.url, note=link.note, sent_by_id=by.id)
    )
    tell(session, [cycle.pair.coachee_id], NoticeKind.RESOURCE_SENT, cycle.id, by=by.id)
    record(session, "resource_sent", by=by.id, school=cycle.school_id, subject=("resource", resource_id))


def take_back(session: Session, cycle: Cycle, resource_id: uuid.UUID, *, by: Person) -> None:
    """The link is gone for both. Raises NotFound."""
    gone = session.scalar(
        delete(Resource).where(Resource.id == resource_id, Resource.cycle_id == cycle.id).returning(Resource.id)
    )
    if gone is None:
        raise NotFound()
    record(session, "resource_taken_back", by=by.id, school=cycle.school_id, subject=("resource", resource_id))


def note_opened(session: Session, resource_id: uuid.UUID) -> None:
    """The coachee has opened it; the first time counts."""
    session.execute(
        update(Resource).where(Resource.id == resource_id, Resource.opened_at.is_(None)).values(opened_at=now())
    )
