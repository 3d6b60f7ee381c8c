"""Doing again, on a database of before, what the ledger says was done since (SAFEGUARDING B4).

Each is in force with the commit; films are cut again by a worker, objects go afterwards.
"""

import functools
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import groupby

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from veo_workflow.audit.models import AuditEntry
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
from veo_workflow.people.factors.operations import forget_all as forget_second_step
from veo_workflow.people.models import Pair, Person, PersonRole, Role
from veo_workflow.people.operations import close_account, end_ways_in
from veo_workflow.queue import Doorbell
from veo_workflow.removal.changes import SECOND_STEPS, Change, What, latest, of_passkeys
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
    """Why it was placed is no part of a ledger: it lies longer than the clip does. Whoever placed it knows."""
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
    return _written_of(session, person, change.what)


def _give_roles(session: Session, change: Change) -> bool:
    """What the ledger says they are, unless this copy knows of a later change; a role it does not know is not given."""
    person, known = _person_before(session, change, ("roles_changed", "roles_changed_again"))
    wanted = {Role(role) for role in change.roles if role in set(Role)}
    if person is None or known or wanted == {held.role for held in person.roles}:
        return False
    person.roles = [held for held in person.roles if held.role in wanted] + [
        PersonRole(role=role) for role in sorted(wanted) if not person.has(role)
    ]
    return _written_of(session, person, change.what)


def _ask_for_a_password(session: Session, change: Change) -> bool:
    """The password of before opens nothing any more; a link to the person's own address does, as for a new account."""
    person, known = _person_before(session, change, ("password_set", "password_set_again"))
    if person is None or known:
        return False
    end_ways_in(session, person)
    return _written_of(session, person, change.what)


def _forget_second_step(session: Session, change: Change) -> bool:
    """A phone or passkey that was given up since counts for nothing; the password alone must not do either."""
    person, known = _person_before(session, change, (*SECOND_STEPS, "second_step_changed_again"))
    if person is None or known:
        return False
    end_ways_in(session, person)
    forget_second_step(session, person)
    return _written_of(session, person, change.what)


def _person_before(session: Session, change: Change, said: tuple[str, ...]) -> tuple[Person | None, bool]:
    """Somebody with a live account, and whether this copy's own log tells of the change, or of a later one."""
    person_id, speaks = uuid.UUID(change.id), AuditEntry.action.in_(said)
    theirs = or_(AuditEntry.subject_id == person_id, of_passkeys(person_id))
    of_person = select(AuditEntry.id).where(theirs, speaks, AuditEntry.at >= _moment(change.at))
    person = session.get(Person, person_id)
    live = person if person is not None and person.disabled_at is None else None
    return live, session.scalar(of_person.limit(1)) is not None


def _written_of(session: Session, person: Person, what: What) -> bool:
    record(session, f"{what}_again", by=None, school=person.school_id, subject=("person", person.id))
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
_OF_PEOPLE = {
    What.PAIR: _end_pair,
    What.LEFT: _close_account,
    What.ROLES: _give_roles,
    What.PASSWORD: _ask_for_a_password,
    What.SECOND_STEP: _forget_second_step,
}
_OF_FILES = {
    What.FILE: (Attachment.id, attachments.erase, "attachment"),
    What.EVIDENCE: (Attachment.evidence_id, evidence.erase, "evidence"),
    What.RESOURCE: (Attachment.resource_id, resources.erase, "resource"),
}
