"""Doing again, on a database of before, what the ledger says was done since (SAFEGUARDING B4).

Each is in force with the commit; films are cut again by a worker, objects go afterwards.
"""

import functools
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.clips.rules import GONE
from veo_workflow.clips.shares import operations as shares
from veo_workflow.cycles.attachments import operations as attachments
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.evidence import operations as evidence
from veo_workflow.cycles.learning.resources import operations as resources
from veo_workflow.cycles.pairing.operations import end_pair
from veo_workflow.database import after_commit
from veo_workflow.people.models import Pair, Person, PersonRole, Role
from veo_workflow.people.operations import close_account
from veo_workflow.queue import Doorbell
from veo_workflow.removal.changes import Change, What, latest
from veo_workflow.removal.holds.models import Hold
from veo_workflow.removal.leaving.operations import close_footage
from veo_workflow.removal.models import Trimming
from veo_workflow.schools.queries import kept_until
from veo_workflow.storage import Storage
from veo_workflow.tags import operations as tags


class _Unheard(Doorbell):
    """Nobody is at work yet; upkeep rings once somebody is."""

    def __init__(self) -> None:
        """Has no queue."""

    def ring(self, kind: str, row: uuid.UUID, attempt: int) -> bool:
        return False


def replay(session: Session, changes: Iterable[Change], storage: Storage) -> int:
    """Done again is what a copy of before does not know of; twice is once. Returns how much that was."""
    count = 0
    for what, found in groupby(latest(changes), key=lambda change: change.what):
        if what is What.TRIMMED:
            count += sum(_trim(session, uuid.UUID(clip), list(each)) for clip, each in groupby(found, _clip_of))
        elif what in _OF_CLIPS:
            count += sum(_of_clip(session, change, _OF_CLIPS[what]) for change in found)
        elif what in _OF_PEOPLE:
            count += sum(_OF_PEOPLE[what](session, change) for change in found)
        elif what in _OF_FILES:
            count += sum(_of_file(session, change, storage) for change in found)
    return count


def _clip_of(change: Change) -> str:
    return change.clip


def _here(session: Session, clip_id: uuid.UUID) -> Clip | None:
    clip = session.get(Clip, clip_id)
    return clip if clip and clip.state not in GONE else None


def _of_clip(session: Session, change: Change, again: Callable[[Session, Clip, Change], bool]) -> bool:
    clip = _here(session, uuid.UUID(change.clip))
    return clip is not None and again(session, clip, change) and _written_down(session, clip, change.what)


def _written_down(session: Session, clip: Clip, what: What) -> bool:
    record(session, f"{what}_again", by=None, school=clip.school_id, subject=("clip", clip.id))
    return True


def _trim(session: Session, clip_id: uuid.UUID, asked: list[Change]) -> bool:
    """From this commit on nobody fetches a byte of the whole, until a worker has cut it once more.

    A clip that was not converted yet has no frames to count: it goes as a whole.
    """
    clip = _here(session, clip_id)
    later = [trim for trim in asked if clip is not None and trim.edition > clip.edition]
    if clip is None or not later:
        return False
    if clip.state is not ClipState.READY and clip.kept_from is None:
        clips.end(session, clip, ClipState.WITHDRAWN, by=None)
        return _written_down(session, clip, What.TRIMMED)
    owner = session.get_one(Person, clip.owner_id)
    start, last = clip.kept_from or 0, 0
    for trim in later:
        tags.keep_span(session, clip, *trim.frames, by=owner)
        shares.keep_span(session, clip, *trim.frames)
        session.add(_trimming(clip, trim))
        start, last = start + trim.frames[0], start + trim.frames[1]
    clip.kept_from, clip.kept_to, clip.edition = start, last, later[-1].edition
    clip.flagged_at = clip.flagged_by_id = None
    clips.queue_processing(session, clip, _Unheard())
    return _written_down(session, clip, What.TRIMMED)


def _trimming(clip: Clip, trim: Change) -> Trimming:
    first, last = trim.frames
    return Trimming(
        clip_id=clip.id, edition=trim.edition, first_frame=first, last_frame=last, asked_at=_moment(trim.at)
    )


def _end(session: Session, clip: Clip, _change: Change) -> bool:
    clips.end(session, clip, ClipState.WITHDRAWN, by=None)
    return True


def _unshare(_session: Session, clip: Clip, change: Change) -> bool:
    if clip.shared_with_coach_at is None or clip.shared_with_coach_at > _moment(change.at):
        return False
    clip.shared_with_coach_at = None
    return True


def _revoke(session: Session, _clip: Clip, change: Change) -> bool:
    return shares.end_one(session, uuid.UUID(change.id))


def _flag(session: Session, clip: Clip, change: Change) -> bool:
    trimmed = select(Trimming.clip_id).where(Trimming.clip_id == clip.id, Trimming.asked_at > _moment(change.at))
    if clip.flagged_at is not None or session.scalar(trimmed.limit(1)):
        return False
    clip.flagged_at, clip.flagged_by_id = _moment(change.at), _known(session, change.by) or clip.owner_id
    shares.end_of_clip(session, clip)
    return True


def _unflag(_session: Session, clip: Clip, change: Change) -> bool:
    if clip.flagged_at is None or clip.flagged_at > _moment(change.at):
        return False
    clip.flagged_at = clip.flagged_by_id = None
    return True


def _hold(session: Session, clip: Clip, change: Change) -> bool:
    """Why it was placed is no part of a ledger; whoever placed it knows."""
    if clip.held_at is not None:
        return False
    placed_by = _known(session, change.by) or session.scalar(
        select(PersonRole.person_id)
        .join(Person, Person.id == PersonRole.person_id)
        .where(Person.school_id == clip.school_id, PersonRole.role == Role.SAFEGUARDING_LEAD)
    )
    clip.held_at = _moment(change.at)
    if placed_by:
        session.add(
            Hold(
                id=uuid.UUID(change.id),
                school_id=clip.school_id,
                clip_id=clip.id,
                placed_by_id=placed_by,
                reason="Placed before a backup was brought back, which did not have the reason yet.",
                is_told=change.told,
                placed_at=clip.held_at,
            )
        )
    return True


def _lift(session: Session, clip: Clip, change: Change) -> bool:
    hold = session.get(Hold, uuid.UUID(change.id))
    if hold is None or hold.lifted_at is not None:
        return False
    hold.lifted_at, clip.held_at = _moment(change.at), None
    return True


def _end_pair(session: Session, change: Change) -> bool:
    pair = session.get(Pair, uuid.UUID(change.id))
    if pair is None or pair.ended_at is not None:
        return False
    end_pair(session, pair, by=None)
    return True


def _close_account(session: Session, change: Change) -> bool:
    """As when somebody leaves; the pairs they were in are in the ledger by themselves."""
    person = session.get(Person, uuid.UUID(change.id))
    if person is None or person.disabled_at is not None:
        return False
    close_account(session, person)
    close_footage(session, person.id, kept_until(session, person.school_id, _moment(change.at)))
    record(session, f"{change.what}_again", by=None, school=person.school_id, subject=("person", person.id))
    return True


def _of_file(session: Session, change: Change, storage: Storage) -> bool:
    """A photo or PDF, or the piece it belonged to: rows with this commit, objects right after it."""
    column, erase, kind = _OF_FILES[change.what]
    subject = uuid.UUID(change.id)
    rows = session.scalars(select(Attachment).where(column == subject)).all()
    gone = erase(session, [subject])
    for row in rows:
        after_commit(session, functools.partial(storage.delete, row.key))
    if gone:
        record(session, f"{change.what}_again", by=None, school=None, subject=(kind, subject))
    return gone > 0


def _known(session: Session, person: str | None) -> uuid.UUID | None:
    """Somebody who had an account at the time of the copy."""
    return session.scalar(select(Person.id).where(Person.id == uuid.UUID(person))) if person else None


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at)


_OF_CLIPS = {
    What.LIFTED: _lift,
    What.ENDED: _end,
    What.UNSHARED: _unshare,
    What.REVOKED: _revoke,
    What.FLAGGED: _flag,
    What.UNFLAGGED: _unflag,
    What.HELD: _hold,
}
_OF_PEOPLE = {What.PAIR: _end_pair, What.LEFT: _close_account}
_OF_FILES = {
    What.FILE: (Attachment.id, attachments.erase, "attachment"),
    What.EVIDENCE: (Attachment.evidence_id, evidence.erase, "evidence"),
    What.RESOURCE: (Attachment.resource_id, resources.erase, "resource"),
}
