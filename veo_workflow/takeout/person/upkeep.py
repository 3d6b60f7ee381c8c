"""What upkeep does for archives: takes over from the dead, rings again, ends what is over, removes it."""

import itertools
import logging
import uuid
from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from veo_workflow.crashing import Point, reached
from veo_workflow.database import database_now
from veo_workflow.services import Services
from veo_workflow.takeout.person import operations, queries
from veo_workflow.takeout.person.models import Archive, ArchiveState

log = logging.getLogger(__name__)

AT_ONCE = 100


def reclaim(services: Services) -> int:
    """Archives whose worker went away, and that have an attempt left, wait for another one."""
    with services.database.transaction() as session:
        lapsed = (Archive.state == ArchiveState.RUNNING) & (Archive.lease_until < database_now(session))
        abandoned = _some(session, lapsed, Archive.attempts_left > 0)
        for archive in abandoned:
            log.info("archive %s: attempt %d went away", archive.id, archive.attempt)
            archive.state, archive.token, archive.lease_until = ArchiveState.WAITING, None, None
            operations.ring_again(session, archive, services.doorbell)
    return len(abandoned)


def set_aside(services: Services) -> int:
    """Archives that ended their last attempt the hard way: their person is told, and the queue goes on."""
    with services.database.transaction() as session:
        lapsed = (Archive.state == ArchiveState.RUNNING) & (Archive.lease_until < database_now(session))
        given_up = _some(session, or_(Archive.state == ArchiveState.WAITING, lapsed), Archive.attempts_left <= 0)
        for archive in given_up:
            operations.set_aside(session, archive)
    return len(given_up)


def ring_again(services: Services) -> int:
    """Where fewer bells wait than archives some were lost: as many are rung again, for those that waited a while."""
    with services.database.transaction() as session:
        at = database_now(session)
        ready = Archive.may_begin(at)
        waiting = session.scalar(select(func.count()).select_from(Archive).where(ready)) or 0
    missing = waiting - services.doorbell.waiting("archive") if waiting else 0
    if missing <= 0:
        return 0
    unheard = at - timedelta(seconds=services.settings.upkeep_interval)
    with services.database.transaction() as session:
        silent = _some(session, ready, Archive.rung_at < unheard, limit=min(missing, AT_ONCE))
        for archive in silent:
            operations.ring_again(session, archive, services.doorbell)
    return len(silent)


def _some(session: Session, *which: ColumnElement[bool], limit: int = AT_ONCE) -> list[Archive]:
    """Some of these, the first to be asked for first, and nobody else's until the transaction ends."""
    asked = select(Archive).where(*which).order_by(Archive.asked_at, Archive.id).limit(limit)
    return list(session.scalars(asked.with_for_update(skip_locked=True)))


def end_what_is_over(services: Services) -> int:
    """Archives whose days are over, or which hold what is no longer their person's, or whose file is not there."""
    after, ended = uuid.UUID(int=0), 0
    while True:
        with services.database.reading() as session:
            kept = queries.ready(session, AT_ONCE, after)
            over = [archive for archive, person in kept if not queries.is_whole(session, archive, person)]
        over += [
            archive
            for archive, _ in kept
            if archive not in over and (archive.key is None or services.storage.head(archive.key) is None)
        ]
        for archive in over:
            with services.database.transaction() as session:
                operations.end(session, session.get_one(Archive, archive.id, with_for_update=True), by=None)
        ended += len(over)
        if len(kept) < AT_ONCE:
            return ended
        after = kept[-1][0].id


def erase(services: Services) -> int:
    """Remove the files of archives that have ended; interrupted anywhere, the next round goes on where it stopped."""
    with services.database.reading() as session:
        over = (Archive.state == ArchiveState.ENDED, Archive.key.is_not(None))
        due = session.execute(select(Archive.id, Archive.key).where(*over).limit(AT_ONCE)).all()
    for archive_id, key in due:
        services.storage.delete(str(key))
        reached(Point.ARCHIVE_DELETED)
        with services.database.transaction() as session:
            session.get_one(Archive, archive_id).key = None
    return len(due)


def sweep(services: Services) -> int:
    """What a killed attempt left in storage, whole or in parts; listed before the rows are read."""
    storage = services.storage
    found = itertools.chain(((each.key, None) for each in storage.list("archives/")), storage.open_uploads("archives/"))
    removed = 0
    while some := list(itertools.islice(found, AT_ONCE)):
        with services.database.reading() as session:
            spoken_of = queries.spoken_of(session, {key for key, _ in some})
        for key, upload in some:
            if key in spoken_of:
                continue
            if upload is None:
                storage.delete(key)
            else:
                storage.abort_parts(key, upload)
            reached(Point.ARCHIVE_SWEPT)
            removed += 1
    return removed
