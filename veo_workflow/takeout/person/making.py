"""From a wish to a file: claim, collect, write into scratch, put, hand over.

No transaction is open while bytes move.  Each attempt puts its file under a key of its own, and only the one that
still holds the token hands it over; what another left behind is swept by upkeep.
"""

import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from veo_workflow.clips.rules import wait_before_next
from veo_workflow.crashing import Point, reached
from veo_workflow.cycles.takeout import cycles_as_coachee
from veo_workflow.database import now
from veo_workflow.errors import StorageFull, Unavailable, VeoError
from veo_workflow.leases import clock, held
from veo_workflow.logs import request_id
from veo_workflow.media import Interrupted
from veo_workflow.people.models import Person
from veo_workflow.scratch import folder_in
from veo_workflow.services import Services
from veo_workflow.storage import NoSuchObject
from veo_workflow.takeout.cycle import cycle_taken_out
from veo_workflow.takeout.person import operations, parts, rules
from veo_workflow.takeout.person.operations import Claim
from veo_workflow.takeout.person.writing import Writer
from veo_workflow.takeout.rules import file_name, written
from veo_workflow.wording import megabytes

log = logging.getLogger(__name__)

SCHEMAS = Path(__file__).parents[1]
CONTENT_TYPE = "application/zip"
TELL_EVERY = 1.0  # seconds

Tell = Callable[[rules.Progress], object]


class ChangedMeanwhile(Unavailable):
    """A film was withdrawn or trimmed while it was copied: the archive is made once more, without it."""

    code = "changed_meanwhile"


def topic(archive_id: object) -> str:
    return f"archive:{archive_id}"


def make_next(services: Services, *, asked_to_stop: Callable[[], bool] = lambda: False) -> bool:
    """Make the archive that has waited longest, if one waits; returns whether there was one.

    Once `asked_to_stop` says yes it is handed back for another worker.
    """
    lease = services.settings.lease
    until = clock() + lease
    with services.database.transaction() as session:
        claimed = operations.claim_next(session, lease)
    if claimed is None:
        return False
    request_id.set(claimed.request_id)
    reached(Point.ARCHIVE_CLAIMED)
    log.info("archive %s: attempt %d", claimed.archive_id, claimed.attempt)
    with held(
        services.database,
        lambda session: operations.renew(session, claimed, lease),
        lease=lease,
        every=services.settings.lease_renewal,
        until=until,
        what=f"archive {claimed.archive_id}",
    ) as still_held:
        _work(services, claimed, lambda: still_held() and not asked_to_stop())
    return True


def _work(services: Services, claimed: Claim, go_on: Callable[[], bool]) -> None:
    try:
        _make_and_publish(services, claimed, go_on)
    except Interrupted:
        with services.database.transaction() as session:
            operations.hand_back(session, claimed, services.doorbell)
    except VeoError as problem:
        passing = isinstance(problem, Unavailable | NoSuchObject)
        if passing and claimed.attempts_left:
            log.warning("archive %s: attempt %d put off, %s", claimed.archive_id, claimed.attempt, problem.code)
            _give_back(services, claimed, at_once=isinstance(problem, ChangedMeanwhile))
        else:
            _fail(services, claimed, problem)
    except Exception:
        _give_back(services, claimed)
        raise


def _make_and_publish(services: Services, claimed: Claim, go_on: Callable[[], bool]) -> None:
    def tell(how_far: rules.Progress) -> None:
        services.events.publish(topic(claimed.archive_id), vars(how_far))

    with services.database.reading() as session:
        person = session.get_one(Person, claimed.person_id)
    with folder_in(services.settings.scratch, "archive") as folder:
        file = folder / "archive.zip"
        keys = write(services, person, file, tell=tell, go_on=go_on)
        reached(Point.ARCHIVE_WRITTEN)
        tell(rules.Progress("storing", 1.0, None))
        size = services.storage.put(claimed.key, file, CONTENT_TYPE).size
    reached(Point.ARCHIVE_PUT)
    if not _publish(services, claimed, size, keys):
        services.storage.delete(claimed.key)
        raise ChangedMeanwhile(rules.STOPPED)
    reached(Point.ARCHIVE_PUBLISHED)
    tell(rules.Progress("ready", 1.0, None))
    log.info("archive %s: ready, %d bytes", claimed.archive_id, size)


def _publish(services: Services, claimed: Claim, size: int, keys: set[str]) -> bool:
    try:
        with services.database.transaction() as session:
            return operations.publish(session, claimed, size, keys)
    except SQLAlchemyError:  # the line may have broken after the COMMIT had reached the database
        with services.database.reading() as session:
            if not operations.has_published(session, claimed):
                raise
        return True


def write(
    services: Services,
    person: Person,
    file: Path,
    *,
    tell: Tell = lambda _: None,
    go_on: Callable[[], bool] = lambda: True,
) -> set[str]:
    """Everything of a person into a ZIP file; returns the keys of the stored files it holds copies of.

    Raises StorageFull where there is no room for it, NoSuchObject where a film has gone meanwhile, Interrupted.
    """
    tell(rules.Progress("collecting", 0.0, None))
    made_at = now()
    with services.database.reading() as session:
        values = parts.everything_of(session, person)
        films = rules.entries(parts.files_of(session, person))
        cycles = cycles_as_coachee(session, person)
    total = sum(film.stored.size for film in films)
    _check_room(file.parent, total)
    values = {"format": rules.FORMAT, "made_at": made_at} | rules.with_files(values, films)
    with Writer(file, made_at) as archive:
        archive.words("README.txt", rules.readme(values, made_at, films).encode())
        archive.words("person.json", written(values))
        for name in ("veo-person-1.schema.json", "veo-cycle-1.schema.json"):
            archive.words(name, (SCHEMAS / name).read_bytes())
        for name, table in rules.sheets(values, parts.SHEETS).items():
            archive.words(f"tables/{name}.csv", table.encode())
        for cycle_id in cycles:
            with services.database.reading() as session:
                cycle = cycle_taken_out(session, person, cycle_id)
            about = cycle["cycle"]
            name = file_name(about["opened_at"], about["focus"], cycle_id, "json")
            archive.words(f"cycles/{name}", written(cycle))
        _write_films(services, archive, films, _Pace(total, tell, go_on))
    return {film.stored.key for film in films}


def _check_room(folder: Path, needed: int) -> None:
    """A film of its own is fetched beside the archive where storage is not on this disk; a tenth covers that."""
    if shutil.disk_usage(folder).free < needed * 1.1:
        raise StorageFull(
            f"There is no room on the server for an archive of {megabytes(needed)} at present. Ask your administrator "
            "to free some space, then ask for it again."
        )


def _write_films(services: Services, archive: Writer, films: list[rules.Entry], pace: "_Pace") -> None:
    for film in films:
        with services.storage.local(film.stored.key) as source:
            archive.film(film.name, source, pace.passed)
        reached(Point.ARCHIVE_FILM_IN)


class _Pace:
    """Counts the bytes of films, tells how far they are now and again, and asks whether to go on."""

    def __init__(self, total: int, tell: Tell, go_on: Callable[[], bool]) -> None:
        self._total, self._tell, self._go_on = total, tell, go_on
        self._began = self._told = time.monotonic()
        self._done = 0

    def passed(self, count: int) -> bool:
        self._done += count
        at = time.monotonic()
        if at - self._told >= TELL_EVERY:
            self._told = at
            self._tell(rules.progress(self._done, self._total, at - self._began))
        return self._go_on()


def _give_back(services: Services, claimed: Claim, *, at_once: bool = False) -> None:
    """Leave it to a later attempt, after a while that grows: what failed us is likely to be away for a moment."""
    tried = rules.ATTEMPTS - claimed.attempts_left
    wait = 0.0 if at_once else wait_before_next(tried, services.settings.upkeep_interval)
    with services.database.transaction() as session:
        operations.give_back(session, claimed, wait)


def _fail(services: Services, claimed: Claim, problem: VeoError) -> None:
    log.warning("archive %s failed: %s", claimed.archive_id, problem.code)
    reason = problem.message if isinstance(problem, StorageFull) else rules.STOPPED
    with services.database.transaction() as session:
        operations.fail(session, claimed, reason)
    services.storage.delete(claimed.key)
