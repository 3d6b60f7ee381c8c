"""A school with footage, in each of the two forms in which the system runs, and a way to lose all of it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, select

from tests.conftest import BUCKET, empty
from tests.support import postgres
from tests.support.swift_s3 import Store
from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips.models import Clip, Rendition
from veo_workflow.cycles.models import Cycle
from veo_workflow.services import Services
from veo_workflow.settings import Settings

Film = Callable[..., Clip]


@pytest.fixture
def form() -> str:
    """SQLite and the disk, unless a test says `production`: PostgreSQL and a bucket of a real store."""
    return "embedded"


@pytest.fixture
def database(form: str) -> str:
    return "sqlite" if form == "embedded" else "postgresql"


@pytest.fixture
def settings(settings: Settings, form: str, request: pytest.FixtureRequest) -> Settings:
    """Its secret key is in the data folder."""
    mine = settings.model_copy(update={"secret_key": ""})
    if form == "embedded":
        return mine
    store: Store = request.getfixturevalue("swift")
    return Settings(**{**mine.model_dump(), **store.settings(BUCKET)})


@pytest.fixture
def services(services: Services, form: str) -> Iterator[Services]:
    yield services
    if form == "production":
        empty(services.storage)


@pytest.fixture
def film(services: Services, world: World, tmp_path: Path) -> Film:
    """Adds a clip with a tag and two small files."""

    def filmed(**words: Any) -> Clip:
        with services.database.transaction() as session:
            clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha, **words)
            make_tag(session, clip, world.priya, world.strategy)
            renditions = session.scalars(select(Rendition).where(Rendition.clip_id == clip.id)).all()
            for rendition in renditions:
                source = tmp_path / "film"
                source.write_bytes(f"{rendition.key} ".encode().ljust(rendition.size_bytes, b"."))
                services.storage.put(rendition.key, source, rendition.content_type)
        return clip

    return filmed


@pytest.fixture
def lose_everything(services: Services) -> Callable[[], None]:
    """The database, the objects, the key: what is left is a copy as it was installed."""

    def lost() -> None:
        if services.settings.database_url:
            postgres.empty(services.database.engine)
        empty(services.storage)
        services.database.engine.dispose()
        shutil.rmtree(services.settings.data)

    return lost


def rows(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table."""
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {name: sorted(map(repr, connection.execute(select(table)))) for name, table in tables.tables.items()}


def objects(services: Services) -> dict[str, bytes]:
    """Every object's bytes."""
    found = {}
    for stored in services.storage.list(""):
        with services.storage.local(stored.key) as path:
            found[stored.key] = path.read_bytes()
    return found
