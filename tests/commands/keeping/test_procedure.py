"""Upgrading and going back as docs/backup.md says, command by command, on a data folder of the first schema."""

import re
import stat
from pathlib import Path

from alembic import command
from sqlalchemy import Engine

from tests.commands.processes import veo
from tests.support.ports import free_port
from tests.test_migrations import counts, fill
from veo_workflow.database import make_engine
from veo_workflow.migrations import config, revisions

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "backup.md").read_text()


def commands(heading: str) -> list[list[str]]:
    """What is to be typed under that heading."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line.split("#")[0].split()[1:] for line in re.findall(r"^veo .*$", section, re.MULTILINE)]


def type_in(heading: str, data: Path, backup: Path) -> None:
    """Every command of that section, as it stands there but for the folder, on a copy in `data`."""
    for words in commands(heading):
        typed = [word.replace("/backups/before-the-upgrade", str(backup)) for word in words]
        done = veo(*typed, VEO_DATA=str(data), VEO_PORT=str(free_port()), TERM="dumb")
        assert done.returncode == 0, done.stdout + done.stderr


def engine(data: Path) -> Engine:
    return make_engine(f"sqlite:///{data / 'veo.sqlite3'}")


def test_an_older_copy_is_upgraded_and_gone_back_to_as_the_page_says(tmp_path: Path) -> None:
    old, new, backup = tmp_path / "old", tmp_path / "new", tmp_path / "backup"
    old.mkdir()
    database = engine(old)
    command.upgrade(config(database), "0001")
    before = fill(database)
    database.dispose()

    type_in("Upgrading", old, backup)
    present, newest = revisions(engine(old))
    assert present == newest != "0001"
    (copied,) = backup.glob("database-*")
    assert revisions(make_engine(f"sqlite:///{copied}"))[0] == "0001"

    type_in("Going back", new, backup)
    assert "veo held --release" in veo("held", VEO_DATA=str(new)).stdout, "of the first schema's row there is no file"
    assert "Released" in veo("held", "--release", VEO_DATA=str(new)).stdout
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in backup.rglob("*")} == {0}
    assert counts(engine(new), before) == before
