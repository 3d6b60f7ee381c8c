"""A database at one moment, to a file and back: SQLite by its online backup, PostgreSQL by pg_dump.

What the rows said at that very moment is read from the same snapshot, so that both speak of the same objects.
"""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, ColumnElement, Connection, Engine, MetaData, Table, func, inspect, or_, select, text
from sqlalchemy.orm import Session

from veo_workflow.clips.models import Clip, Rendition
from veo_workflow.clips.rules import GONE
from veo_workflow.commands.keeping import CannotBackUp
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.database import Database, make_engine


@dataclass(frozen=True)
class Spoken:
    """An object that a row speaks of: its size in bytes, and its kind."""

    size: int
    content_type: str


@dataclass(frozen=True)
class Contents:
    """What a database holds: how many rows each table has, and which objects they speak of, by key."""

    revision: str
    rows: dict[str, int]
    objects: dict[str, Spoken]


def take(database: Database, target: Path) -> Contents:
    """Copy the database as it is at one moment; others go on writing meanwhile. Raises CannotBackUp."""
    if database.engine.dialect.name == "sqlite":
        return _take_sqlite(database.engine, target)
    return _take_postgresql(database.engine, target)


def load(database: Database, source: Path) -> None:
    """Put a copy in the place of an empty database. Raises CannotBackUp."""
    engine = database.engine
    if engine.dialect.name == "sqlite":
        _load_sqlite(engine, source)
    else:
        _drop_everything(engine)
        _run(engine.url, "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-acl", str(source))


def is_empty(engine: Engine) -> bool:
    """Whether there is not one row: the schema may be there, of any version."""
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        return True
    with engine.connect() as connection:
        return not any(_counts(connection).values())


def contents(connection: Connection) -> Contents:
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        raise CannotBackUp("There is no database to back up yet; start the system once with veo run.")
    with Session(connection) as session:
        return Contents(revision, _counts(connection), _objects(session))


def _objects(session: Session) -> dict[str, Spoken]:
    """Of clips that are to be erased nothing is kept, unless on hold. The schema may be an older one."""
    here: ColumnElement[bool] = Clip.state.not_in(GONE)
    if any(column["name"] == "held_at" for column in inspect(session.connection()).get_columns("clips")):
        here = or_(here, Clip.held_at.is_not(None))
    renditions = select(Rendition.key, Rendition.size_bytes, Rendition.content_type).join(
        Clip, Clip.id == Rendition.clip_id
    )
    originals = select(Clip.original_key, Clip.original_bytes).where(Clip.original_key.is_not(None), here)
    found = {key: Spoken(size, content_type) for key, size, content_type in session.execute(renditions.where(here))}
    found |= {str(key): Spoken(size, "application/octet-stream") for key, size in session.execute(originals)}
    return found | _files(session)


def _files(session: Session) -> dict[str, Spoken]:
    """Photos and PDFs; an older schema has none."""
    if not inspect(session.connection()).has_table(Attachment.__tablename__):
        return {}
    asked = select(Attachment.key, Attachment.size_bytes, Attachment.content_type)
    return {key: Spoken(size, content_type) for key, size, content_type in session.execute(asked)}


def _counts(connection: Connection) -> dict[str, int]:
    names = sorted(name for name in inspect(connection).get_table_names() if name != "alembic_version")
    asked = {name: select(func.count()).select_from(Table(name, MetaData())) for name in names}
    return {name: connection.scalar(count) or 0 for name, count in asked.items()}


def _take_sqlite(engine: Engine, target: Path) -> Contents:
    path = Path(str(engine.url.database))
    if not path.exists():
        raise CannotBackUp("There is no database to back up yet; start the system once with veo run.")
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(target)) as copy:
        source.backup(copy)  # in one step, which is one moment
    taken = make_engine(f"sqlite:///{target}")
    try:
        with taken.connect() as connection:
            return contents(connection)
    finally:
        taken.dispose()


def _take_postgresql(engine: Engine, target: Path) -> Contents:
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        moment = connection.scalar(text("SELECT pg_export_snapshot()"))
        _run(engine.url, "pg_dump", "--format=custom", f"--snapshot={moment}", f"--file={target}")
        return contents(connection)


def _load_sqlite(engine: Engine, source: Path) -> None:
    path = Path(str(engine.url.database))
    engine.dispose()
    for left in (f"{path}-wal", f"{path}-shm"):
        Path(left).unlink(missing_ok=True)
    fresh = path.with_suffix(".restored")
    fresh.touch(mode=0o600)
    shutil.copyfile(source, fresh)
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    fresh.replace(path)


def _drop_everything(engine: Engine) -> None:
    """The tables, and the function that guards the audit log: the copy brings both."""
    tables = MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        tables.drop_all(connection)
        connection.execute(text("DROP FUNCTION IF EXISTS append_only()"))


def _run(url: URL, program: str, *arguments: str) -> None:
    """The password goes by the environment: everybody on the machine may read a command line."""
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    try:
        done = subprocess.run(
            [program, *arguments, f"--dbname={address}"], env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise CannotBackUp(f"{program} is missing; install it with: apt-get install postgresql-client") from None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotBackUp(f"{program} did not work ({said}); mend that and run the same command again.")
