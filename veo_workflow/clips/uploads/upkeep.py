"""What upkeep does for uploads: finishes what a crash left half done, gives up what nobody came back for."""

import itertools
import logging
from datetime import timedelta

from veo_workflow.clips.models import Upload, UploadState
from veo_workflow.clips.uploads import operations, queries, rows, rules
from veo_workflow.crashing import Point, reached
from veo_workflow.database import now
from veo_workflow.errors import VeoError
from veo_workflow.services import Services

log = logging.getLogger(__name__)

STUCK_AFTER = timedelta(seconds=60)
ORPHANED_AFTER = timedelta(hours=1)  # between opening an upload in storage and its row lies a moment, never an hour
AT_ONCE = 100


def recover(services: Services) -> int:
    """Uploads whose completion was cut off: published where the object is whole, else back to the parts.

    Returns how many there were.
    """
    with services.database.reading() as session:
        stuck = queries.stuck(session, before=now() - STUCK_AFTER, limit=AT_ONCE)
    return sum(_recovered(services, upload) for upload in stuck)


def _recovered(services: Services, upload: Upload) -> bool:
    try:
        whole = operations.is_whole(services.storage, upload)
        with services.database.transaction() as session:
            if not whole:
                rows.reopen(session, upload)
                return True
            published = rows.publish(session, upload, services.doorbell)
        if not published:
            operations.forget(services.storage, upload)
    except VeoError as error:
        log.warning("upload not recovered yet: %s", error.code)
        return False
    return True


def expire(services: Services) -> int:
    """Uploads that nobody came back for, or whose clip was withdrawn under way: bytes, quota and rows are freed.

    Returns how many there were.
    """
    with services.database.reading() as session:
        idle = queries.idle(session, before=rows.active_after(services.settings), limit=AT_ONCE)
        left = queries.without_clip(session, limit=AT_ONCE)
    return sum(
        _ended(services, upload, state)
        for uploads, state in ((idle, UploadState.EXPIRED), (left, UploadState.ABORTED))
        for upload in uploads
    )


def _ended(services: Services, upload: Upload, state: UploadState) -> bool:
    try:
        with services.database.transaction() as session:
            upload = session.get_one(Upload, upload.id, with_for_update=True)
            idle = upload.last_activity_at <= rows.active_after(services.settings)
            if state is UploadState.EXPIRED and not (idle and upload.state is UploadState.OPEN):
                return False
            if not rows.give_up(session, upload, state, by=None):
                return False
        operations.forget(services.storage, upload)
    except VeoError as error:
        log.warning("upload not ended yet: %s", error.code)
        return False
    return True


def sweep(services: Services) -> int:
    """Bytes in storage that no row speaks of any more: what a crash left between a commit and a deletion.

    Returns how many uploads and objects were removed.  Young ones are left alone: their row may be on its way.
    """
    storage = services.storage
    found = itertools.chain(
        ((key, upload) for key, upload in storage.open_uploads("uploads/")),
        ((each.key, None) for each in storage.list("uploads/")),
    )
    old = ((key, upload) for key, upload in found if _is_old(key))
    removed = 0
    while some := list(itertools.islice(old, AT_ONCE)):
        with services.database.reading() as session:
            wanted = queries.wanted_keys(session, {key for key, _ in some})
        for key, upload in some:
            if key not in wanted:
                if upload is None:
                    storage.delete(key)
                else:
                    storage.abort_parts(key, upload)
                reached(Point.UPLOAD_SWEPT)
                removed += 1
    return removed


def _is_old(key: str) -> bool:
    upload_id = rules.id_in_key(key)
    return upload_id is not None and rules.made_at(upload_id) < now() - ORPHANED_AFTER
