"""Objects of files that are gone: removed at once where storage answers, and by upkeep where it did not."""

import itertools
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from veo_workflow.crashing import Point, reached
from veo_workflow.cycles.attachments import queries
from veo_workflow.cycles.attachments.rules import Folder
from veo_workflow.database import database_now
from veo_workflow.errors import VeoError
from veo_workflow.services import Services

log = logging.getLogger(__name__)

AT_ONCE = 500
SETTLED = timedelta(minutes=20)  # an object stands before its row: for longer than this nobody is about to write one


def forget(services: Services, keys: Iterable[str]) -> None:
    """Remove these objects, whose rows are gone; what cannot be removed now is swept later."""
    reached(Point.FILE_DUE)
    for key in keys:
        try:
            services.storage.delete(key)
            reached(Point.FILE_DELETED)
        except VeoError as error:
            log.warning("a photo or PDF is not removed yet: %s", error.code)


def standing(services: Services, before: datetime) -> Iterator[str]:
    """The keys of all objects of files that were put before a moment."""
    for folder in Folder:
        yield from (each.key for each in services.storage.list(f"{folder}/") if each.modified_at < before)


def sweep(services: Services) -> int:
    """Remove what no row speaks of. Objects are listed before the rows are read. Returns how many were removed."""
    with services.database.reading() as session:
        before = database_now(session) - SETTLED
    found, removed = standing(services, before), 0
    while some := list(itertools.islice(found, AT_ONCE)):
        with services.database.reading() as session:
            spoken_of = queries.spoken_of(session, some)
        for key in some:
            if key not in spoken_of:
                services.storage.delete(key)
                reached(Point.FILE_SWEPT)
                removed += 1
    return removed
