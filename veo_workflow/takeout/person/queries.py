import uuid
from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.database import now
from veo_workflow.errors import Gone, NotFound
from veo_workflow.people.models import Person
from veo_workflow.takeout.person.models import Archive, ArchivedFile, ArchiveState
from veo_workflow.takeout.person.parts import files_of
from veo_workflow.takeout.person.rules import archive_in_key

GONE = "This archive has been deleted, or a film or file in it has been since. Ask for a new one."


def latest_of(session: Session, person: Person) -> Archive | None:
    """The archive a person asked for last, whatever has become of it: one statement."""
    asked = select(Archive).where(Archive.person_id == person.id).order_by(Archive.asked_at.desc(), Archive.id.desc())
    return session.scalar(asked.limit(1))


def under_way(session: Session, person: Person) -> Archive | None:
    states = (ArchiveState.WAITING, ArchiveState.RUNNING)
    return session.scalar(select(Archive).where(Archive.person_id == person.id, Archive.state.in_(states)))


def archive_of(session: Session, person: Person, archive_id: uuid.UUID) -> Archive:
    """An archive that its person may have now: three statements and one more a kind of file.

    Raises NotFound for anybody else's, Gone for one that has come to its end, or holds what is no longer theirs.
    """
    archive = session.get(Archive, archive_id)
    if archive is None or archive.person_id != person.id:
        raise NotFound()
    if not is_whole(session, archive, person):
        raise Gone(GONE)
    return archive


def is_whole(session: Session, archive: Archive, person: Person) -> bool:
    """Whether the archive is ready, in time, and everything in it still its person's, who has not left."""
    if person.disabled_at is not None:
        return False
    if archive.state is not ArchiveState.READY or archive.ready_until is None or archive.ready_until <= now():
        return False
    keys = set(session.scalars(select(ArchivedFile.key).where(ArchivedFile.archive_id == archive.id)))
    return are_still_theirs(session, person, keys)


def are_still_theirs(session: Session, person: Person, keys: Collection[str]) -> bool:
    """Whether all of these stored files are the person's own today."""
    return not keys or set(keys) <= {file.key for file in files_of(session, person)}


def ready(session: Session, limit: int, after: uuid.UUID) -> list[tuple[Archive, Person]]:
    """Archives that are kept, in the order of their ids, with their people: one statement."""
    rows = session.execute(
        select(Archive, Person)
        .join(Person, Person.id == Archive.person_id)
        .where(Archive.state == ArchiveState.READY, Archive.id > after)
        .order_by(Archive.id)
        .limit(limit)
    )
    return [(archive, person) for archive, person in rows]


def spoken_of(session: Session, keys: Iterable[str]) -> set[str]:
    """Those of the keys that are an archive's file, or that of the attempt under way: one statement."""
    asked = {key: archive_in_key(key) for key in keys}
    ids = {place[0] for place in asked.values() if place}
    known = {archive.id: archive for archive in session.scalars(select(Archive).where(Archive.id.in_(ids)))}
    return {key for key, place in asked.items() if place and place[0] in known and _belongs(key, place, known)}


def _belongs(key: str, place: tuple[uuid.UUID, int], known: dict[uuid.UUID, Archive]) -> bool:
    archive = known[place[0]]
    if archive.state is ArchiveState.RUNNING:
        return place[1] == archive.attempt
    return archive.key == key
