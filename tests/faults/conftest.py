"""Schools in which a process dies, copied from ones that were made once."""

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.conftest import BUCKET, empty
from tests.faults.crashing import School
from tests.faults.roads import Case, process, queued
from tests.support.camera import ffmpeg
from tests.support.postgres import private_postgres
from tests.support.remembered import remembered
from tests.support.swift_s3 import Store
from tests.support.world import World, make_tag, make_world
from veo_workflow.clips.models import Clip
from veo_workflow.clips.uploads import upkeep as uploads
from veo_workflow.database import Database
from veo_workflow.migrations import migrate
from veo_workflow.services import Services, open_services
from veo_workflow.settings import FOR_TESTS, Settings


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second of colour bars."""
    path = tmp_path_factory.mktemp("film") / "lesson.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x120:r=30:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p", path)
    return path


@pytest.fixture(scope="session")
def beginnings(
    tmp_path_factory: pytest.TempPathFactory, redis_url: str, film: Path, empty_school: Path
) -> dict[bool, Case]:
    """A school without a clip, and (True) one with a clip that is ready and has moments at both ends and inside."""
    cases = {}
    for ready in (False, True):
        data = tmp_path_factory.mktemp("beginning") / "var"
        data.mkdir()
        shutil.copyfile(empty_school, data / "veo.sqlite3")
        services = open_services(_settings(data, redis_url))
        with remembered(film.with_name("remembered")):
            case = _case(services, make_world(services), film, ready=ready)
        services.events.close()
        services.database.engine.dispose()
        cases[ready] = case
    return cases


def _settings(data: Path, redis_url: str) -> Settings:
    return Settings(data=data, redis_url=redis_url, secret_key=FOR_TESTS, part_size=64 * 1024)


def _case(services: Services, world: World, film: Path, *, ready: bool) -> Case:
    case = Case(services.settings, world.asha.id, world.cycle.id, film, world.priya.id, world.strategy.id)
    if not ready:
        return case
    case = queued(services, case)
    process(services, case)
    with services.database.transaction() as session:
        clip = session.get_one(Clip, case.clip)
        for at_ms in (50, 350, 517, 950):
            tag = make_tag(session, clip, world.priya, world.strategy, at_ms=at_ms)
            tag.start_ms = tag.end_ms = at_ms
    return case


@pytest.fixture
def school(
    beginnings: dict[bool, Case], tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[School]:
    """On SQLite and disk. What nobody speaks of is swept at once: tests cannot make ids older, nor wait an hour."""
    monkeypatch.setattr(uploads, "ORPHANED_AFTER", timedelta(0))
    yield from _opened(School({ready: _copied(case, tmp_path / str(ready)) for ready, case in beginnings.items()}))


def _copied(case: Case, folder: Path) -> Case:
    shutil.copytree(case.settings.data, folder, ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    return replace(case, settings=case.settings.model_copy(update={"data": folder}))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with private_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def beginning_in_production(
    postgres: str, redis_url: str, swift: Store, film: Path, tmp_path_factory: pytest.TempPathFactory
) -> Case:
    """A school without a clip on PostgreSQL, to make databases after, and a bucket of a real store."""
    settings = Settings(
        **{
            **_settings(tmp_path_factory.mktemp("production"), redis_url).model_dump(),
            "database_url": _named(postgres, "beginning"),
            **swift.settings(BUCKET),
        }
    )
    _make_database(postgres, "beginning", after="template1")
    services = open_services(settings)
    migrate(services.database.engine)
    case = _case(services, make_world(services), film, ready=False)
    services.database.engine.dispose()
    return case


@pytest.fixture
def production(
    beginning_in_production: Case, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[School]:
    """On PostgreSQL and an object store."""
    monkeypatch.setattr(uploads, "ORPHANED_AFTER", timedelta(0))
    name = f"school_{uuid.uuid4().hex}"
    _make_database(postgres, name, after="beginning")
    settings = beginning_in_production.settings.model_copy(
        update={"data": tmp_path / "var", "database_url": _named(postgres, name)}
    )
    opened = School({False: replace(beginning_in_production, settings=settings)})
    yield from _opened(opened)
    empty(open_services(settings).storage)


def _opened(school: School) -> Iterator[School]:
    with school.beginnings[False].tools():
        yield school
    school.close()


def _make_database(postgres: str, name: str, *, after: str) -> None:
    database = Database(postgres)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{after}"'))
    database.engine.dispose()


def _named(postgres: str, name: str) -> str:
    return postgres.replace("/postgres?", f"/{name}?")
