"""The upload room on the disk, or with its footage in a bucket of a real store: a test names its `driver`.

With the footage on the disk its rows are in SQLite, with it in a bucket they are in PostgreSQL: the two forms in which
the system runs.  A test that names no driver goes through both databases, on the disk.
"""

import contextlib
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.clips.uploads.sending import PART, PART_IN_BUCKET, Sender
from tests.conftest import BUCKET, empty
from tests.support.relay import Relay, relay_to
from tests.support.swift_s3 import Store
from tests.support.world import World
from veo_workflow.clips.models import Clip, Job, Upload
from veo_workflow.database import now
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.settings import Settings

FORMS = [("disk", "sqlite"), ("bucket", "postgresql")]
BOTH_DRIVERS = pytest.mark.parametrize(("driver", "database"), FORMS, ids=["disk", "bucket"])


@pytest.fixture
def driver() -> str:
    """Where the footage is: `disk`, unless a test says both."""
    return "disk"


@pytest.fixture(scope="session")
def line(swift: Store) -> Iterator[Relay]:
    """The line between the application and the store; browsers have one of their own."""
    with relay_to(swift.endpoint) as line:
        yield line


@pytest.fixture
def settings(settings: Settings, driver: str, request: pytest.FixtureRequest) -> Settings:
    mine = settings.model_copy(update={"part_size": PART})
    if driver == "disk":
        return mine
    store: Store = request.getfixturevalue("swift")
    reached = request.getfixturevalue("line").origin
    bucket = store.settings(BUCKET, endpoint=reached) | {"part_size": PART_IN_BUCKET}
    return Settings(**{**mine.model_dump(), **bucket})


@pytest.fixture
def services(services: Services, driver: str) -> Iterator[Services]:
    yield services
    if driver == "bucket":
        empty(services.storage)


@pytest.fixture
def asha(world: World, client_for: Callable[[Person], FlaskClient], settings: Settings) -> Sender:
    """Asha, about to upload to her cycle."""
    return Sender(client_for(world.asha), world.cycle.id, settings.part_size)


@pytest.fixture
def broken_storage(
    services: Services, driver: str, request: pytest.FixtureRequest
) -> Callable[[], contextlib.AbstractContextManager[None]]:
    """Storage that fails while a `with` block lasts: a file where a folder has to be, or a line that is cut."""

    @contextlib.contextmanager
    def on_disk() -> Iterator[None]:
        in_the_way = services.settings.data / "objects" / "uploads"
        in_the_way.write_bytes(b"a file where a folder has to be")
        yield
        in_the_way.unlink()

    @contextlib.contextmanager
    def in_bucket() -> Iterator[None]:
        line: Relay = request.getfixturevalue("line")
        line.cut()
        try:
            yield
        finally:
            line.mend()

    return on_disk if driver == "disk" else in_bucket


class Rows:
    """What the database says, and a way to set its clock back."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def upload(self, upload: str) -> Upload:
        with self._services.database.reading() as session:
            return session.get_one(Upload, uuid.UUID(upload))

    def clip(self, upload: str) -> Clip | None:
        with self._services.database.reading() as session:
            return session.get(Clip, uuid.UUID(upload))

    def jobs(self) -> list[Job]:
        with self._services.database.reading() as session:
            return list(session.query(Job))

    def clips(self) -> list[Clip]:
        with self._services.database.reading() as session:
            return list(session.query(Clip))

    def change(self, upload: str, **values: Any) -> None:
        with self._services.database.transaction() as session:
            session.execute(update(Upload).where(Upload.id == uuid.UUID(upload)).values(**values))

    def age(self, upload: str, hours: float) -> None:
        """Nothing has happened to the upload for so long."""
        self.change(upload, last_activity_at=now() - timedelta(hours=hours))


@pytest.fixture
def rows(services: Services) -> Rows:
    return Rows(services)


class Kept:
    """What storage holds."""

    def __init__(self, services: Services) -> None:
        self._storage = services.storage

    def __call__(self) -> tuple[list[str], list[str]]:
        """(keys of objects, keys of uploads still open)."""
        return [each.key for each in self._storage.list("")], [key for key, _ in self._storage.open_uploads("")]

    def content(self, key: str) -> bytes:
        with self._storage.local(key) as path:
            return path.read_bytes()


@pytest.fixture
def kept(services: Services) -> Kept:
    return Kept(services)
