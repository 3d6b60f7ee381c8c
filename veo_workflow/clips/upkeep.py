"""What upkeep does for clips: removes what no row speaks of any more."""

import itertools

from veo_workflow.clips import queries
from veo_workflow.crashing import Point, reached
from veo_workflow.services import Services

AT_ONCE = 500


def sweep(services: Services) -> int:
    """Objects that a killed attempt left behind, or that should have gone when a trim was published.

    Returns how many were removed.  The objects are listed before the rows are read: what an attempt that has begun
    since puts there is not among them.
    """
    storage = services.storage
    found, removed = storage.list("clips/"), 0
    while some := [stored.key for stored in itertools.islice(found, AT_ONCE)]:
        with services.database.reading() as session:
            spoken_of = queries.spoken_of(session, some)
        for key in some:
            if key not in spoken_of:
                storage.delete(key)
                reached(Point.ATTEMPT_SWEPT)
                removed += 1
    return removed
