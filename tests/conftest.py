"""What most tests stand on: a fresh database and storage, a real Redis, the application, and people signed in.

The tests of rooms go through SQLite and through PostgreSQL; those with a film or a browser in them once, on SQLite,
which is what a school starts with.  A test or module that wants it otherwise names its `database` itself.
"""

import pickle
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from tests.support import postgres
from tests.support.outcomes import print_cells, print_outcomes, print_promises
from tests.support.redis import private_redis
from tests.support.remembered import remembered
from tests.support.swift_s3 import Store, private_swift
from tests.support.world import World, make_world
from veo_workflow import database as database_module
from veo_workflow import metrics, streams
from veo_workflow import settings as settings_module
from veo_workflow.app import create_app
from veo_workflow.database import Database, make_engine
from veo_workflow.migrations import migrate
from veo_workflow.operating.readiness import Readiness
from veo_workflow.people import operations as people
from veo_workflow.people.models import Person
from veo_workflow.services import Services, open_services
from veo_workflow.settings import Settings
from veo_workflow.storage import Storage

ROOMS = {
    "access",
    "audit",
    "clips",
    "cycles",
    "notices",
    "oversight",
    "pages",
    "people",
    "playbook",
    "removal",
    "reviews",
    "schools",
    "tags",
    "takeout",
}
ONCE = {"lesson", "chromium"}
BOTH_DATABASES = pytest.mark.parametrize("database", ["sqlite", "postgresql"])
DAY_SECONDS, LAST_SECONDS = 86_400, 20
SECRET = "not a secret: for tests only"
BUCKET, LIVE_BUCKET = "veo-test", "veo-live"  # one that each test leaves empty, one for schools that run on


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    needed = set(metafunc.fixturenames)
    room = metafunc.module.__name__.split(".")[1] in ROOMS
    named = any("database" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if room and "database" in needed and not named and not needed & ONCE:
        metafunc.parametrize(*BOTH_DATABASES.args)


@pytest.fixture(autouse=True)
def one_day() -> None:
    """A test has one day: what would begin in the last seconds of one waits for the next."""
    left = DAY_SECONDS - time.time() % DAY_SECONDS
    if left < LAST_SECONDS:
        time.sleep(left)


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    """What a test leaves in this process is seen by those after it: streams that are open, settings that were read."""
    yield
    settings_module.load.cache_clear()
    still_open, streams.places = streams.places.taken, streams.Places()
    assert still_open == 0, "a stream is still open: whoever opens one closes it"


@pytest.fixture(scope="session", autouse=True)
def own_hasher() -> PasswordHasher:
    """What people's passwords are kept by. Tests sign in often: what they keep takes a thousandth of the work."""
    own = people.HASHER
    people.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    people.NOBODY = people.HASHER.hash(SECRET)
    return own


@pytest.fixture(scope="session", autouse=True)
def quick_engines() -> Iterator[None]:
    """An engine for each test, but what SQLAlchemy has compiled is kept from test to test: a quarter of their time.

    SQLite does not wait for the disk either: a killed process loses nothing by that, and no test pulls the plug.
    """
    kept: dict[str, Engine] = {}

    def make(url: str) -> Engine:
        engine = make_engine(url)
        known = kept.setdefault(engine.dialect.name, engine)
        if known.dialect.server_version_info is None:  # never connected: it does not know its server yet
            kept[engine.dialect.name] = engine
        else:
            engine.dialect, engine._compiled_cache = known.dialect, known._compiled_cache
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database_module, "make_engine", make)
        yield


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with private_redis() as url:
        yield url


@pytest.fixture(scope="session")
def swift() -> Iterator[Store]:
    """A private S3-compatible store, started by the first test that needs it."""
    with private_swift(BUCKET, LIVE_BUCKET) as store:
        yield store


def empty(storage: Storage) -> None:
    for key, upload in list(storage.open_uploads("")):
        storage.abort_parts(key, upload)
    for found in list(storage.list("")):
        storage.delete(found.key)


@pytest.fixture
def database() -> str:
    """Which one a test that is not asked for both goes through."""
    return "sqlite"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A private PostgreSQL with the present schema, started by the first test that needs it and emptied for each."""
    with postgres.private_postgres() as url:
        migrated = Database(url)
        migrate(migrated.engine)
        migrated.engine.dispose()
        yield url


@pytest.fixture
def database_url(database: str, request: pytest.FixtureRequest) -> str:
    return "" if database == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def settings(tmp_path: Path, redis_url: str, database_url: str) -> Settings:
    return Settings(
        data=tmp_path / "var",
        redis_url=redis_url,
        database_url=database_url,
        secret_key=SECRET,
    )


@pytest.fixture(scope="session")
def empty_school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the present schema and nothing in it: migrated once, copied for every test."""
    path = tmp_path_factory.mktemp("empty") / "veo.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate(database.engine)
    database.engine.dispose()
    return path


@pytest.fixture(scope="session")
def sqlite_world(tmp_path_factory: pytest.TempPathFactory, empty_school: Path, redis_url: str) -> tuple[Path, bytes]:
    """A database with the world in it, made once and copied for every test, and its people, as pickled."""
    path = tmp_path_factory.mktemp("world") / "veo.sqlite3"
    shutil.copyfile(empty_school, path)
    return path, _make_world_once(Settings(data=path.parent, redis_url=redis_url, secret_key=SECRET))


@pytest.fixture(scope="session")
def postgres_world(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, redis_url: str
) -> tuple[list[str], bytes]:
    """The world's rows as PostgreSQL takes them, and its people, as pickled."""
    data = tmp_path_factory.mktemp("world")
    settings = Settings(data=data, redis_url=redis_url, database_url=postgres_url, secret_key=SECRET)
    engine = make_engine(postgres_url)
    postgres.empty(engine)
    people = _make_world_once(settings)
    kept = postgres.keep(engine)
    engine.dispose()
    return kept, people


def _make_world_once(settings: Settings) -> bytes:
    services = open_services(settings)
    people = pickle.dumps(make_world(services))
    services.events.close()
    services.database.engine.dispose()
    return people


@pytest.fixture
def services(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Services]:
    """The machinery over a database that is empty, or has the world in it where the test asks for that."""
    settings.data.mkdir(parents=True)
    opened = open_services(settings)
    with_world = "world" in request.fixturenames
    if not settings.database_url:
        kept = request.getfixturevalue("sqlite_world")[0] if with_world else request.getfixturevalue("empty_school")
        shutil.copyfile(kept, settings.data / "veo.sqlite3")
    elif with_world:
        postgres.lay_anew(opened.database.engine, request.getfixturevalue("postgres_world")[0])
    else:
        postgres.empty(opened.database.engine)
    metrics.keep_in(opened.redis)
    metrics.flush()  # what earlier tests have counted, whichever Redis it was meant for
    opened.redis.flushall()
    yield opened
    opened.events.close()
    opened.database.engine.dispose()


@pytest.fixture
def world(services: Services, request: pytest.FixtureRequest) -> World:
    kept = "postgres_world" if services.settings.database_url else "sqlite_world"
    world = pickle.loads(request.getfixturevalue(kept)[1])  # noqa: S301 -- pickled above, by ourselves
    assert isinstance(world, World)
    return world


@pytest.fixture(scope="session")
def built() -> dict[str, Flask]:
    """Applications as earlier tests had them built, by the settings that are read while building."""
    return {}


@pytest.fixture
def remembering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For tests in which the same film is converted again and again and does not matter; see `remembered`."""
    with remembered(tmp_path_factory.getbasetemp() / "remembered"):
        yield


@pytest.fixture
def app(services: Services, built: dict[str, Flask]) -> Flask:
    """Built once for each kind of settings, since 200 addresses take a while; each test hangs its own services in."""
    settings = services.settings
    kind = repr(settings.model_copy(update={"data": None, "database_url": None}))
    if kind not in built:
        built[kind] = create_app(services)
        built[kind].extensions["config"] = dict(built[kind].config)
    app = built[kind]
    app.config.clear()
    app.config.update(app.extensions["config"])
    app.config["WTF_CSRF_ENABLED"] = False  # tests/access/test_csrf.py turns it on again
    app.extensions |= {"veo": services, "readiness": Readiness(services)}
    metrics.keep_in(services.redis)
    return app


@pytest.fixture
def client_for(app: Flask, services: Services) -> Callable[[Person | None], FlaskClient]:
    """A browser in which that person is signed in, or nobody."""

    def signed_in(person: Person | None) -> FlaskClient:
        client = app.test_client()
        if person is not None:
            with services.database.transaction() as session:
                token = people.open_sign_in(session, session.get_one(Person, person.id))
            with client.session_transaction() as cookie:
                cookie["_user_id"] = token
                cookie["_fresh"] = True
        return client

    return signed_in


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    print_outcomes(terminalreporter)
    print_cells(terminalreporter)
    print_promises(terminalreporter)
