"""The row of a file: written once its object is stored, gone before its object goes."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.attachments.rules import Folder, Holder, check_room, shown_name
from veo_workflow.media.attachments import Remade
from veo_workflow.people.models import Person
from veo_workflow.schools.models import School

_COLUMNS = {Folder.EVIDENCE: "evidence_id", Folder.RESOURCES: "resource_id"}

InUse = Callable[[], tuple[int, int]]


@dataclass(frozen=True)
class Stored:
    """What stands in storage before its row: its id and key, what it belongs to, what its owner called it."""

    id: uuid.UUID
    holder: Holder
    key: str
    name: str
    made: Remade


def attach(session: Session, stored: Stored, *, in_use: InUse, by: Person) -> Attachment:
    """The row of a file whose object is stored already; `in_use` counts the school's and the person's bytes.

    It is asked once the school's row is locked, so that two files cannot both take the last free bytes.  Raises
    InvalidInput.
    """
    school, made = session.get_one(School, by.school_id, with_for_update=True), stored.made
    in_school, mine = in_use()
    check_room(
        size=made.size,
        school=in_school,
        mine=mine,
        quota_school=school.quota_bytes,
        quota_mine=school.person_quota_bytes,
    )
    attachment = Attachment(
        id=stored.id,
        school_id=by.school_id,
        owner_id=by.id,
        name=shown_name(stored.name),
        content_type=made.content_type,
        size_bytes=made.size,
        width=made.width,
        height=made.height,
        key=stored.key,
        **{_COLUMNS[stored.holder.folder]: stored.holder.id},
    )
    session.add(attachment)
    session.flush()
    record(session, "attachment_added", by=by.id, school=by.school_id, subject=("attachment", attachment.id))
    return attachment


def erase(session: Session, ids: Sequence[uuid.UUID]) -> int:
    """Rows go with this commit; returns how many there were."""
    return len(session.scalars(delete(Attachment).where(Attachment.id.in_(ids)).returning(Attachment.id)).all())


def note_seen(session: Session, attachment_id: uuid.UUID, *, by: Person) -> None:
    """Write down that somebody other than its owner gets a file, before they get it."""
    record(session, "attachment_seen", by=by.id, school=by.school_id, subject=("attachment", attachment_id))
