"""What upkeep does for clips: removes what no row speaks of any more."""

import itertools

from veo_workflow.clips import object_queries
from veo_workflow.crashing import Point, reached
from veo_workflow.services import Services

AT_ONCE = 500


def sweep(services: Services) -> int:
    """What a killed attempt left behind, or what should have gone when a trim was published.

    Objects, and uploads in parts: a large file goes to an object store in parts, and a worker that dies meanwhile
    leaves those.  Returns how many were removed.  They are listed before the rows are read: what an attempt that has
    begun since puts there is not among them.
    """
    storage = services.storage
    found = itertools.chain(
        ((each.key, None) for each in storage.list("clips/")),
        storage.open_uploads("clips/"),
    )
    removed = 0
    while some := list(itertools.islice(found, AT_ONCE)):
        with services.database.reading() as session:
            spoken_of = object_queries.spoken_of(session, {key for key, _ in some})
        for key, upload in some:
            if key not in spoken_of:
                if upload is None:
                    storage.delete(key)
                else:
                    storage.abort_parts(key, upload)
                reached(Point.ATTEMPT_SWEPT)
                removed += 1
    return removed
