"""A private, real PostgreSQL on a unix socket, for as long as a `with` block."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from veo_workflow.database import Base

_END_THE_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

_SAY_THE_ROWS = """
SELECT format('INSERT INTO %1$I SELECT * FROM json_populate_recordset(NULL::%1$I, %2$L)', '{table}', json_agg(row))
FROM "{table}" AS row HAVING count(*) > 0
"""


@contextlib.contextmanager
def private_postgres() -> Iterator[str]:
    """Yields its address for SQLAlchemy. PostgreSQL refuses to run as root, so root hands it to `postgres`."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert programs, "PostgreSQL is missing; make test installs it"
    folder = Path(tempfile.mkdtemp(prefix="veo-pg-"))
    as_other = []
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_other = ["runuser", "-u", "postgres", "--"]
    data = folder / "data"
    control = [*as_other, str(programs[-1] / "pg_ctl"), "-D", str(data), "-w", "-s"]
    try:
        _run([*as_other, str(programs[-1] / "initdb"), "-D", str(data), "-U", "veo", "-A", "trust", "-E", "UTF8"])
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        _run([*control, "-o", options, "-l", str(folder / "log"), "start"])
        yield f"postgresql+psycopg://veo@/postgres?host={folder}"
        _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def empty(engine: Engine) -> None:
    """No row is left. A tenth of what a fresh copy of the database costs."""
    with _alone(engine) as connection:
        _say(connection, _deletions())


def keep(engine: Engine) -> list[str]:
    """What to say to `lay_anew` so that every row is there again."""
    with _alone(engine) as connection:
        said = [connection.scalar(text(_SAY_THE_ROWS.format(table=table))) for table in Base.metadata.tables]
    return [statement for statement in said if statement is not None]


def lay_anew(engine: Engine, kept: list[str]) -> None:
    """The rows are those that were kept, and no others."""
    with _alone(engine) as connection:
        _say(connection, [*_deletions(), *kept])


@contextlib.contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """Nobody else is connected, whatever a test before has left open; the order of tables does not matter."""
    with engine.begin() as connection:
        connection.execute(text(_END_THE_OTHERS))
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection


def _deletions() -> list[str]:
    return [str(table.delete()) for table in Base.metadata.tables.values()]


def _say(connection: Connection, statements: list[str]) -> None:
    """All in one message: there are more tables than rows in most tests."""
    connection.execution_options(no_parameters=True).exec_driver_sql("; ".join(statements))


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")
