"""Every earlier schema, with a row in each of its tables, becomes the present one and loses nothing."""

import contextlib
import datetime
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, MetaData, TableClause, func, literal, select, union_all

from tests.support.postgres import private_postgres
from veo_workflow.database import Base, make_engine
from veo_workflow.migrations import config, migrate

REVISIONS = [script.revision for script in ScriptDirectory("veo_workflow/migrations").walk_revisions()][::-1]
# All that a database says of its own schema.
SAID_BY = {
    "sqlite": "SELECT type, name, sql FROM sqlite_master",
    "postgresql": """
        SELECT table_name, column_name,
            concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default, is_identity)
            FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
            FROM pg_trigger WHERE NOT tgisinternal
    """,
}


@dataclass
class History:
    """An empty database that is led from each schema to the next; `copy` gives the address of another one like it."""

    empty: Engine
    copy: Callable[[], str]
    to_come: Iterator[str] = field(default_factory=lambda: iter(REVISIONS))
    present: str = ""
    compared: list[set[Any]] = field(default_factory=list)

    def lead_to(self, revision: str) -> None:
        while self.present != revision:
            self.present = next(self.to_come)
            command.upgrade(config(self.empty), self.present)
        self.empty.dispose()

    def check_schema(self, engine: Engine) -> None:
        """It is the one that the rows' classes describe; what says the same of itself is compared once."""
        with engine.connect() as connection:
            said = set(map(tuple, connection.exec_driver_sql(SAID_BY[engine.dialect.name])))
            if said not in self.compared:
                assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
                self.compared.append(said)


@contextlib.contextmanager
def on_sqlite(folder: Path) -> Iterator[History]:
    empty, old = folder / "empty.sqlite3", folder / "old.sqlite3"
    yield History(make_engine(f"sqlite:///{empty}"), lambda: f"sqlite:///{shutil.copyfile(empty, old)}")


@contextlib.contextmanager
def on_postgresql(_folder: Path) -> Iterator[History]:
    with private_postgres() as url:
        control = make_engine(url).execution_options(isolation_level="AUTOCOMMIT")

        def make(name: str, after: str) -> str:
            with control.connect() as connection:
                connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
                connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {after}")
            return url.replace("/postgres?", f"/{name}?")

        yield History(make_engine(make("empty", "template1")), lambda: make("old", "empty"))
        control.dispose()


@pytest.fixture(scope="module", params=[on_sqlite, on_postgresql], ids=["sqlite", "postgresql"])
def history(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    with request.param(tmp_path_factory.mktemp("history")) as led:
        yield led
        led.empty.dispose()


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_older_database_with_rows_becomes_the_present_one_and_keeps_them(history: History, revision: str) -> None:
    history.lead_to(revision)
    engine = make_engine(history.copy())
    before = fill(engine)
    migrate(engine)
    history.check_schema(engine)
    assert before == dict.fromkeys(before, 1)
    assert counts(engine, before) == before
    engine.dispose()


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
    return counts(engine, made)


def counts(engine: Engine, tables: Iterable[str]) -> dict[str, int]:
    each = [select(literal(table), func.count()).select_from(TableClause(table)) for table in tables]
    with engine.connect() as connection:
        return {str(table): int(count) for table, count in connection.execute(union_all(*each))}


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
