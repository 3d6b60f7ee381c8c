"""A private, real PostgreSQL on a unix socket, for as long as a `with` block."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path


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


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")
