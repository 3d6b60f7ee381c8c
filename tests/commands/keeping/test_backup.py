"""A backup holds what the database speaks of, is renewed at little cost, and comes back whole or not at all."""

import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.commands.keeping.conftest import Film, objects, rows
from tests.support.world import World
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.commands import data_folder
from veo_workflow.commands.keeping import BackupUnusable, databases, manifest
from veo_workflow.commands.keeping.bringing_back import Restored, restore
from veo_workflow.commands.keeping.manifest import Manifest
from veo_workflow.commands.keeping.taking import back_up
from veo_workflow.database import Database, now
from veo_workflow.errors import Conflict
from veo_workflow.services import Services, open_services
from veo_workflow.storage import held
from veo_workflow.storage.held import Held
from veo_workflow.tags.models import Tag
from workers.upkeep import one_round

BOTH_FORMS = pytest.mark.parametrize("form", ["embedded", "production"])


def quiet(stage: str, done: float) -> None:
    assert 0 <= done <= 1, stage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backup"


@pytest.fixture
def taken(services: Services, folder: Path) -> Callable[[], Manifest]:
    return lambda: back_up(services.settings, services.database, services.storage, folder, quiet)


@pytest.fixture
def brought_back(services: Services, folder: Path) -> Callable[[], Restored]:
    return lambda: restore(services.settings, folder, quiet)


@BOTH_FORMS
def test_what_was_lost_comes_back_row_for_row_and_byte_for_byte(
    services: Services,
    film: Film,
    taken: Callable[[], Manifest],
    brought_back: Callable[[], Restored],
    lose_everything: Callable[[], None],
) -> None:
    for title in ("Coming in after lunch", "Cold calling"):
        film(title=title)
    before = rows(services.database.engine), objects(services), services.settings.secret()
    taken()
    lose_everything()
    restored = brought_back()
    again = open_services(services.settings)
    assert (rows(again.database.engine), objects(again), again.settings.secret()) == before
    assert restored.held == Held()
    assert not held.is_held(again.storage)
    again.database.engine.dispose()


@BOTH_FORMS
def test_what_is_written_after_the_moment_of_the_database_is_not_in_it_and_harms_nothing(
    services: Services, film: Film, folder: Path
) -> None:
    first = film()
    late: list[Clip] = []

    def write_meanwhile(stage: str, done: float) -> None:
        if stage == "Copying footage" and not late:
            late.append(film(title="Too late"))

    made = back_up(services.settings, services.database, services.storage, folder, write_meanwhile)
    assert made.rows["clips"] == 1
    assert {uuid.UUID(key.split("/")[1]) for key in made.keys} == {first.id}


@pytest.mark.parametrize("database", ["postgresql"])
def test_what_is_committed_between_reading_the_rows_and_copying_them_is_in_neither(
    services: Services, film: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: Callable[[], Manifest]
) -> None:
    """The program that copies is made to write first, as somebody else might at that moment."""
    film()
    real, shim = shutil.which("pg_dump"), tmp_path / "bin" / "pg_dump"
    shim.parent.mkdir()
    address = services.settings.database_url.replace("+psycopg", "")
    shim.write_text(f'#!/bin/sh\npsql -q -d \'{address}\' -c "$MEANWHILE" || exit 1\nexec {real} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("MEANWHILE", "DELETE FROM tags")
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    made = taken()
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Tag)) == 0
    assert made.rows["tags"] == 1
    assert tags_in(made, tmp_path / "backup") == 1


def tags_in(made: Manifest, folder: Path) -> int:
    """How many tags what pg_dump wrote has."""
    command = ["pg_restore", "--data-only", "--table=tags", "--file=-", str(folder / made.database)]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return len(listed.split("COPY public.tags")[1].split("\\.")[0].strip().splitlines()) - 1


def test_renewed_it_copies_what_is_new_and_forgets_what_was_erased(
    services: Services, world: World, film: Film, folder: Path, taken: Callable[[], Manifest]
) -> None:
    kept, erased = film(), film()
    taken()
    old = folder / "objects" / "clips" / str(kept.id) / "1" / "playback.mp4"
    inode = old.stat().st_ino
    with services.database.transaction() as session:
        clips.withdraw(session, session.get_one(Clip, erased.id), by=world.asha)
    one_round(services)
    fresh = film()
    made = taken()
    assert {key.split("/")[1] for key in made.keys} == {str(kept.id), str(fresh.id)}
    assert not list((folder / "objects").rglob(f"*{erased.id}*/**/*.mp4"))
    assert old.stat().st_ino == inode
    assert len(list(folder.glob("database-*"))) == 1
    manifest.check(folder, manifest.read(folder), quiet)


def test_interrupted_it_leaves_the_backup_before_whole(
    services: Services, film: Film, folder: Path, taken: Callable[[], Manifest]
) -> None:
    film()
    before = taken()
    late = film()
    in_the_way = services.settings.objects / "clips" / str(late.id) / "1" / "playback.mp4"
    in_the_way.unlink()
    in_the_way.mkdir()
    with pytest.raises(OSError, match="directory"):
        taken()
    assert manifest.read(folder) == before
    manifest.check(folder, before, quiet)


def test_files_that_are_gone_are_named_by_the_backup_and_after_the_restore(
    services: Services,
    film: Film,
    taken: Callable[[], Manifest],
    brought_back: Callable[[], Restored],
    lose_everything: Callable[[], None],
) -> None:
    gone = f"clips/{film().id}/1/poster.jpg"
    services.storage.delete(gone)
    assert taken().missing == [gone]
    lose_everything()
    assert brought_back().held == Held(missing=[gone])


def test_files_that_the_restored_database_does_not_know_are_listed_and_stay_until_somebody_has_looked(
    services: Services,
    film: Film,
    tmp_path: Path,
    taken: Callable[[], Manifest],
    brought_back: Callable[[], Restored],
    lose_everything: Callable[[], None],
) -> None:
    film()
    taken()
    lose_everything()
    long_ago = int((now() - timedelta(days=2)).timestamp() * 1000)
    unknown = f"uploads/{uuid.UUID(int=long_ago << 80 | 0x7 << 76 | 0x2 << 62)}/original"
    source = tmp_path / "original"
    source.write_bytes(b"uploaded after the backup was made")
    open_services(services.settings).storage.put(unknown, source, "video/mp4")
    assert brought_back().held == Held(unknown=[unknown])
    again = open_services(services.settings)
    again.redis.flushall()
    one_round(again)
    assert again.storage.head(unknown)
    assert held.read(again.storage) == Held(unknown=[unknown])
    held.release(again.storage)
    one_round(again)
    assert again.storage.head(unknown) is None
    again.database.engine.dispose()


@pytest.mark.parametrize("harm", ["cut short", "another byte", "gone"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    services: Services,
    film: Film,
    folder: Path,
    harm: str,
    taken: Callable[[], Manifest],
    brought_back: Callable[[], Restored],
    lose_everything: Callable[[], None],
) -> None:
    film()
    path = folder / "objects" / taken().keys[-1]
    body = path.read_bytes()
    path.unlink()  # it may be a link to the object itself
    if harm != "gone":
        path.write_bytes(body[:-1] if harm == "cut short" else body[:-1] + b"!")
    lose_everything()
    with pytest.raises(BackupUnusable, match="Nothing was changed"):
        brought_back()
    assert databases.is_empty(Database(services.settings.database).engine)
    assert not [path for path in services.settings.data.rglob("*") if path.is_file() and path.name != "run.lock"]


def test_a_copy_that_is_in_use_is_refused(
    services: Services, film: Film, taken: Callable[[], Manifest], brought_back: Callable[[], Restored]
) -> None:
    film()
    taken()
    before = rows(services.database.engine), objects(services)
    with pytest.raises(Conflict, match="restore into an empty one"):
        brought_back()
    lock = data_folder.hold(services.settings)
    with pytest.raises(Conflict, match="Another copy is running"):
        brought_back()
    os.close(lock)
    assert (rows(services.database.engine), objects(services)) == before


def test_a_folder_without_a_finished_backup_or_with_a_later_one_is_refused(
    folder: Path, services: Services, film: Film, taken: Callable[[], Manifest], brought_back: Callable[[], Restored]
) -> None:
    with pytest.raises(BackupUnusable, match="holds no finished backup"):
        brought_back()
    film()
    taken()
    for change, sentence in (({"format": 2}, "later version"), ({"revision": "9999"}, "install that version")):
        path = folder / "manifest.json"
        stood = path.read_text()
        path.write_text(json.dumps({**json.loads(stood), **change}))
        with pytest.raises(BackupUnusable, match=sentence):
            brought_back()
        path.write_text(stood)


def test_a_backup_of_one_kind_of_database_is_refused_by_the_other(
    services: Services, folder: Path, postgres_url: str, taken: Callable[[], Manifest]
) -> None:
    taken()
    with pytest.raises(BackupUnusable, match="is of sqlite and this copy is set up for postgresql"):
        restore(services.settings.model_copy(update={"database_url": postgres_url}), folder, quiet)


def test_a_clip_that_waits_to_be_erased_is_not_copied(
    services: Services, film: Film, taken: Callable[[], Manifest]
) -> None:
    clip = film()
    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).state = ClipState.WITHDRAWN
    assert taken().keys == []
