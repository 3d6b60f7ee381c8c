"""A lease on a row's work, renewed while the work goes on; whoever cannot renew it has lost the work."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from veo_workflow.database import Database

log = logging.getLogger(__name__)


def clock() -> float:
    """Seconds that pass whatever anybody sets the time to, and also while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@contextmanager
def held(
    database: Database,
    renew: Callable[[Session], bool],
    *,
    lease: float,
    every: float,
    until: float,
    what: str,
) -> Iterator[Callable[[], bool]]:
    """Renew the lease from a thread of its own while the work goes on; the function says whether we still hold it.

    `renew` prolongs it by `lease` seconds and says whether it still was ours; it is asked `every` so many.  `until` is
    when the lease ends, by `clock`, counted from before it was asked for: whoever cannot reach the database for that
    long has lost it, since somebody else may have been given the work by then.
    """
    lost, done = threading.Event(), threading.Event()
    ends = [until]

    def still_held() -> bool:
        return not lost.is_set() and clock() < ends[0]

    def renewing() -> None:
        while not done.wait(every) and still_held():
            asked = clock()
            try:
                with database.transaction() as session:
                    renewed = renew(session)
            except SQLAlchemyError as error:  # the database may be away for a moment; the lease decides
                log.warning("lease of %s not renewed: %s", what, type(error).__name__)
                continue
            if renewed and still_held():
                ends[0] = asked + lease
            else:
                lost.set()

    renewer = threading.Thread(target=renewing, name="lease", daemon=True)
    renewer.start()
    try:
        yield still_held
    finally:
        done.set()
        renewer.join(timeout=5)
