import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.cycles.learning.models import Message, ReadUpTo
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.errors import NotFound
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import read_about, tell
from veo_workflow.people.models import Person


def send(session: Session, cycle: Cycle, message_id: uuid.UUID, text: str, *, by: Person) -> None:
    """Write to the other of the pair, who hears of it; sent twice under one id it is one message.

    Raises NotFound where the id is somebody else's message.
    """
    session.execute(select(Cycle.id).where(Cycle.id == cycle.id).with_for_update())
    known = session.get(Message, message_id)
    if known is not None and (known.cycle_id, known.author_id) != (cycle.id, by.id):
        raise NotFound()
    if known is not None:
        return
    session.add(Message(id=message_id, cycle_id=cycle.id, author_id=by.id, text=text))
    tell(session, [cycle.pair.coach_id, cycle.pair.coachee_id], NoticeKind.MESSAGE_SENT, cycle.id, by=by.id)
    record(session, "message_sent", by=by.id, school=cycle.school_id, subject=("message", message_id))


def take_back(session: Session, cycle: Cycle, message_id: uuid.UUID, *, by: Person) -> None:
    """The words of one's own message go for good. Raises NotFound."""
    message = session.get(Message, message_id, with_for_update=True)
    if message is None or (message.cycle_id, message.author_id) != (cycle.id, by.id):
        raise NotFound()
    if message.taken_back_at is None:
        message.text, message.taken_back_at = "", now()
        record(session, "message_taken_back", by=by.id, school=cycle.school_id, subject=("message", message_id))


def read_up_to(session: Session, cycle_id: uuid.UUID, person_id: uuid.UUID, at: datetime) -> None:
    """The person has been shown everything up to the message of `at`, and need not hear of it again."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    new = insert(ReadUpTo).values(cycle_id=cycle_id, person_id=person_id, read_at=at)
    session.execute(
        new.on_conflict_do_update(
            index_elements=["cycle_id", "person_id"], set_={"read_at": at}, where=ReadUpTo.read_at < at
        )
    )
    read_about(session, person_id, NoticeKind.MESSAGE_SENT, cycle_id)
