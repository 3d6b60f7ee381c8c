"""Every earlier schema, with a row in each of its tables, becomes the present one and loses nothing."""

import datetime
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, MetaData, func, select

from tests.support.postgres import private_postgres
from veo_workflow.database import Base, make_engine
from veo_workflow.migrations import config, migrate

REVISIONS = [script.revision for script in ScriptDirectory(str(Path("veo_workflow/migrations"))).walk_revisions()]


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with private_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database."""
    if request.param == "sqlite":
        opened = make_engine(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    else:
        opened = make_engine(request.getfixturevalue("postgres_url"))
        with opened.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    yield opened
    opened.dispose()


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_older_database_with_rows_becomes_the_present_one_and_keeps_them(engine: Engine, revision: str) -> None:
    command.upgrade(config(engine), revision)
    before = fill(engine)
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    assert before == dict.fromkeys(before, 1)
    assert {name: count for name, count in counts(engine).items() if name in before} == before


def fill(engine: Engine) -> dict[str, int]:
    """One row in every table, each pointing at the others' rows; how many there are by table."""
    tables = MetaData()
    tables.reflect(engine)
    made: dict[str, dict[str, Any]] = {}
    with engine.begin() as connection:
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                made[table.name] = {column.name: value_for(column, made) for column in table.columns}
                connection.execute(table.insert().values(made[table.name]))
    return counts(engine)


def counts(engine: Engine) -> dict[str, int]:
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in tables.sorted_tables
            if table.name != "alembic_version"
        }


def value_for(column: Column[Any], made: dict[str, dict[str, Any]]) -> Any:
    """Something that fits: the row a foreign key points at, else any value of the type."""
    for key in column.foreign_keys:
        table, name = key.target_fullname.split(".")
        return made.get(table, {}).get(name)
    kind = column.type.python_type
    values: dict[type, Any] = {
        uuid.UUID: uuid.uuid4(),
        int: 1,
        float: 1.0,
        bool: True,
        datetime.datetime: datetime.datetime.now(datetime.UTC),
        datetime.date: datetime.datetime.now(datetime.UTC).date(),
        dict: {},
    }
    if kind is str:
        length = getattr(column.type, "length", None)
        return uuid.uuid4().hex[:length]
    return values.get(kind, 1)
