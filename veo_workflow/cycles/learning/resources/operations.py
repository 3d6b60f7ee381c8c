import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.cycles.attachments import operations as attachments
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.attachments.operations import InUse, Stored
from veo_workflow.cycles.learning.models import Resource
from veo_workflow.cycles.learning.resources.queries import resource_of, strategies_named
from veo_workflow.cycles.learning.resources.rules import NOT_IN_USE, NOT_SENT, ResourceWords
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput, NotFound
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Person
from veo_workflow.schools.queries import before_today, kept_until

AT_ONCE = 50


class SentBefore(Exception):
    """This very form has been sent already: there is nothing more to keep of it."""


def send(session: Session, cycle: Cycle, resource_id: uuid.UUID, words: ResourceWords, *, by: Person) -> None:
    """Send a link to the coachee, who hears of it; sent twice under one id it is sent once.

    Raises NotFound where the id is another cycle's, InvalidInput where it is about a strategy that is not in use.
    """
    if not _is_sent(session, cycle, resource_id):
        _check_about(session, cycle, words, standing=None)
        _send(session, cycle, resource_id, words, None, by=by)


def send_file(
    session: Session, cycle: Cycle, words: ResourceWords, stored: Stored, *, in_use: InUse, by: Person
) -> None:
    """Send a file whose object is stored already: under the id of its holder, once.

    Raises SentBefore, NotFound where the id is another cycle's, InvalidInput where there is no room for it or it is
    about a strategy that is not in use.
    """
    if _is_sent(session, cycle, stored.holder.id):
        raise SentBefore
    _check_about(session, cycle, words, standing=None)
    _send(session, cycle, stored.holder.id, words, kept_until(session, cycle.school_id, now()), by=by)
    session.flush()
    attachments.attach(session, stored, in_use=in_use, by=by)


def _is_sent(session: Session, cycle: Cycle, resource_id: uuid.UUID) -> bool:
    session.execute(select(Cycle.id).where(Cycle.id == cycle.id).with_for_update())
    known = session.get(Resource, resource_id)
    if known is not None and known.cycle_id != cycle.id:
        raise NotFound()
    return known is not None


def _send(
    session: Session, cycle: Cycle, resource_id: uuid.UUID, words: ResourceWords, until: date | None, *, by: Person
) -> None:
    session.add(
        Resource(
            id=resource_id,
            cycle_id=cycle.id,
            title=words.title,
            url=words.url,
            note=words.note,
            strategy_version_id=words.about,
            sent_by_id=by.id,
            delete_by=until,
        )
    )
    tell(session, [cycle.pair.coachee_id], NoticeKind.RESOURCE_SENT, cycle.id, by=by.id)
    record(session, "resource_sent", by=by.id, school=cycle.school_id, subject=("resource", resource_id))


def _check_about(session: Session, cycle: Cycle, words: ResourceWords, *, standing: uuid.UUID | None) -> None:
    if words.about not in {None, standing, *strategies_named(session, cycle.id)}:
        raise InvalidInput(NOT_SENT, fields={"about": NOT_IN_USE})


def change(
    session: Session, cycle: Cycle, resource_id: uuid.UUID, words: ResourceWords, *, after: int, by: Person
) -> None:
    """Other words on top of version `after`. An address that leads elsewhere is something new to open, and told of.

    The same words again change nothing. Raises NotFound, InvalidInput where it is about no strategy in use, Conflict
    carrying what stands now.
    """
    session.execute(select(Cycle.id).where(Cycle.id == cycle.id).with_for_update())
    resource = resource_of(session, cycle.id, resource_id)
    session.refresh(resource)
    if words_of(resource) == words:
        return
    if resource.version != after:
        raise Conflict(
            "This was changed somewhere else while you were writing. Both texts are below.",
            code="resource_changed",
            theirs=resource,
        )
    _check_about(session, cycle, words, standing=resource.strategy_version_id)
    if resource.url != words.url:
        resource.opened_at = None
        tell(session, [cycle.pair.coachee_id], NoticeKind.RESOURCE_SENT, cycle.id, by=by.id)
    resource.url, resource.title, resource.note = words.url, words.title, words.note
    resource.strategy_version_id = words.about
    resource.version, resource.changed_at = after + 1, now()
    record(session, "resource_changed", by=by.id, school=cycle.school_id, subject=("resource", resource_id))


def words_of(resource: Resource) -> ResourceWords:
    return ResourceWords(resource.url, resource.title, resource.note, resource.strategy_version_id)


def take_back(
    session: Session,
    cycle: Cycle,
    resource_id: uuid.UUID,
    forget: Callable[[Sequence[str]], object],
    *,
    by: Person,
) -> None:
    """It is gone for both with this commit; `forget` is then told the key of its object. Raises NotFound."""
    resource = resource_of(session, cycle.id, resource_id)
    if resource.file is not None:
        forget([resource.file.key])
    erase(session, [resource_id])
    record(session, "resource_taken_back", by=by.id, school=cycle.school_id, subject=("resource", resource_id))


def expire(session: Session, at: datetime) -> int:
    """Files whose day has come go with this commit, words too; upkeep sweeps the objects. Returns how many."""
    due = session.execute(
        select(Resource.id, Cycle.school_id)
        .join(Cycle, Cycle.id == Resource.cycle_id)
        .where(before_today(session, Resource.delete_by, Cycle.school_id, at))
        .limit(AT_ONCE)
    ).all()
    for resource_id, school_id in due:
        record(session, "resource_expired", by=None, school=school_id, subject=("resource", resource_id))
    erase(session, [resource_id for resource_id, _ in due])
    return len(due)


def erase(session: Session, ids: Sequence[uuid.UUID]) -> int:
    """Resources and the rows of their files go with this commit; returns how many resources there were."""
    session.execute(delete(Attachment).where(Attachment.resource_id.in_(ids)))
    return len(session.scalars(delete(Resource).where(Resource.id.in_(ids)).returning(Resource.id)).all())


def note_opened(session: Session, resource_id: uuid.UUID) -> None:
    """The coachee has opened it; the first time counts."""
    session.execute(
        update(Resource).where(Resource.id == resource_id, Resource.opened_at.is_(None)).values(opened_at=now())
    )
