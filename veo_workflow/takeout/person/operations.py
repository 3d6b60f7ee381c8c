"""What changes an archive: asking for it, the steps of making it, and its end.

Whether it still may be handed out is asked at every download (`queries.archive_of`): it holds copies of films, and a
film that has been withdrawn or trimmed since must not live on in it.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.database import after_commit, database_now
from veo_workflow.logs import request_id
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Person
from veo_workflow.queue import Doorbell
from veo_workflow.takeout.person import rules
from veo_workflow.takeout.person.models import Archive, ArchivedFile, ArchiveState
from veo_workflow.takeout.person.queries import are_still_theirs, under_way

S = ArchiveState


@dataclass(frozen=True)
class Claim:
    """One attempt at an archive. Only the holder of the current `token` may publish."""

    archive_id: uuid.UUID
    person_id: uuid.UUID
    attempt: int
    attempts_left: int
    token: uuid.UUID
    request_id: str | None

    @property
    def key(self) -> str:
        return f"archives/{self.archive_id}/{self.attempt}.zip"


def ask(session: Session, person: Person, doorbell: Doorbell) -> Archive:
    """A new archive is begun; the one that is ready goes. One that is under way is answered as it is."""
    standing = under_way(session, person)
    if standing is not None:
        return standing
    _end_ready(session, person)
    at = database_now(session)
    archive = Archive(
        school_id=person.school_id,
        person_id=person.id,
        asked_at=at,
        rung_at=at,
        attempts_left=rules.ATTEMPTS,
        request_id=request_id.get(),
    )
    try:
        with session.begin_nested():
            session.add(archive)
    except IntegrityError:  # pressed twice at once: the other was first
        found = under_way(session, person)
        if found is None:
            raise
        return found
    record(session, "takeout_asked_for", by=person.id, school=person.school_id, subject=("archive", archive.id))
    _ring(session, archive, doorbell)
    return archive


def _ring(session: Session, archive: Archive, doorbell: Doorbell) -> None:
    archive_id, attempt = archive.id, archive.attempt + 1
    after_commit(session, lambda: doorbell.ring("archive", archive_id, attempt))


def ring_again(session: Session, archive: Archive, doorbell: Doorbell) -> None:
    archive.rung_at = database_now(session)
    _ring(session, archive, doorbell)


def _end_ready(session: Session, person: Person) -> None:
    ready = (Archive.person_id == person.id, Archive.state == S.READY)
    session.execute(update(Archive).where(*ready).values(state=S.ENDED))


def end(session: Session, archive: Archive, *, by: Person | None) -> None:
    """Nobody gets it any longer with this commit; upkeep removes the file. Ending it twice is once."""
    if archive.state is not S.READY:
        return
    archive.state = S.ENDED
    actor = by.id if by else None
    record(session, "takeout_ended", by=actor, school=archive.school_id, subject=("archive", archive.id))


def note_download(session: Session, archive: Archive, *, by: Person) -> None:
    """Written down before a byte goes out."""
    record(session, "export", by=by.id, school=by.school_id, subject=("archive", archive.id))


def note_export(session: Session, person: Person) -> None:
    """An archive that whoever runs the server makes for somebody."""
    record(session, "export", by=None, school=person.school_id, subject=("person", person.id))


def claim_next(session: Session, lease: float) -> Claim | None:
    """Take the archive that has waited longest, for `lease` seconds by the database's clock; None where none waits."""
    at = database_now(session)
    first = (
        select(Archive.id)
        .where(Archive.may_begin(at), Archive.attempts_left > 0)
        .order_by(Archive.asked_at, Archive.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    token = uuid.uuid4()
    row = session.execute(
        update(Archive)
        .where(Archive.id == first.scalar_subquery(), Archive.state == S.WAITING)
        .values(
            state=S.RUNNING,
            attempt=Archive.attempt + 1,
            attempts_left=Archive.attempts_left - 1,
            token=token,
            lease_until=at + timedelta(seconds=lease),
            wait_until=None,
        )
        .returning(Archive.id, Archive.person_id, Archive.attempt, Archive.attempts_left, Archive.request_id)
    ).first()
    if row is None:
        return None
    return Claim(row.id, row.person_id, row.attempt, row.attempts_left, token, row.request_id)


def renew(session: Session, claimed: Claim, lease: float) -> bool:
    """Go on holding it; False when it has been taken over."""
    return _set(session, claimed, lease_until=database_now(session) + timedelta(seconds=lease))


def publish(session: Session, claimed: Claim, size: int, keys: set[str]) -> bool:
    """Hand the archive to its person; False, and nothing changed, when the token no longer counts, or when a file of
    which it holds a copy is not theirs any longer.
    """
    person = session.get_one(Person, claimed.person_id)
    at = database_now(session)
    if not are_still_theirs(session, person, keys):
        return False
    ready = {"ready_at": at, "ready_until": at + rules.KEPT, "key": claimed.key, "size_bytes": size}
    if not _finish(session, claimed, S.READY, **ready):
        return False
    session.add_all(ArchivedFile(archive_id=claimed.archive_id, key=key) for key in keys)
    tell(session, [claimed.person_id], NoticeKind.ARCHIVE_READY, claimed.archive_id, by=None)
    return True


def has_published(session: Session, claimed: Claim) -> bool:
    made_by = select(Archive.attempt).where(Archive.id == claimed.archive_id, Archive.state == S.READY)
    return session.scalar(made_by) == claimed.attempt


def fail(session: Session, claimed: Claim, reason: str) -> bool:
    """One plain sentence for its person. False when the token no longer counts."""
    if not _finish(session, claimed, S.FAILED, reason=reason):
        return False
    tell(session, [claimed.person_id], NoticeKind.ARCHIVE_FAILED, claimed.archive_id, by=None)
    return True


def give_back(session: Session, claimed: Claim, wait: float) -> bool:
    """This attempt came to nothing: wait for the next one, at least so many seconds."""
    until = database_now(session) + timedelta(seconds=wait)
    return _finish(session, claimed, S.WAITING, wait_until=until)


def hand_back(session: Session, claimed: Claim, doorbell: Doorbell) -> bool:
    """The worker has to go: this attempt does not count, and another worker is called at once."""
    spared = Archive.attempts_left + 1
    if not _finish(session, claimed, S.WAITING, attempts_left=spared, rung_at=database_now(session)):
        return False
    after_commit(session, lambda: doorbell.ring("archive", claimed.archive_id, claimed.attempt + 1))
    return True


def set_aside(session: Session, archive: Archive) -> None:
    """Every attempt at it ended the hard way: its person is told, and the queue goes on."""
    archive.state, archive.token, archive.lease_until = S.FAILED, None, None
    archive.reason = rules.GIVEN_UP
    tell(session, [archive.person_id], NoticeKind.ARCHIVE_FAILED, archive.id, by=None)


def _finish(session: Session, claimed: Claim, state: ArchiveState, **values: object) -> bool:
    return _set(session, claimed, state=state, token=None, lease_until=None, **values)


def _set(session: Session, claimed: Claim, **values: object) -> bool:
    """The compare-and-set everything goes through that a worker says of an archive."""
    done = session.scalar(
        update(Archive)
        .where(Archive.id == claimed.archive_id, Archive.token == claimed.token, Archive.state == S.RUNNING)
        .values(**values)
        .returning(Archive.id)
    )
    return done is not None
