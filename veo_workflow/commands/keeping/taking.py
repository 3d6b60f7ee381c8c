"""Making a backup while the system runs: the database at one moment first, then the objects it speaks of.

Objects never change under their keys, so those that are copied later are those of that moment.  The one thing that can
happen to them meanwhile is that they are erased: such a clip is wanted by nobody any more, and its keys are noted.
An upload that is under way is not part of a backup.
"""

import contextlib
import fcntl
import importlib.metadata
import os
from collections.abc import Iterator
from pathlib import Path

from veo_workflow.commands.keeping import BackupUnusable, CannotBackUp, Tell, databases, manifest
from veo_workflow.commands.keeping.manifest import OBJECTS, SECRET, Manifest, Stored
from veo_workflow.database import Database, now
from veo_workflow.settings import Settings
from veo_workflow.storage import NoSuchObject, Storage


def back_up(settings: Settings, database: Database, storage: Storage, folder: Path, tell: Tell) -> Manifest:
    """Bring the backup in `folder` up to date; what it has already is not copied again.

    Interrupted anywhere it leaves the backup before as it was. Raises CannotBackUp.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone_in(folder):
        before = _files_before(folder)
        moment = now()
        name = f"database-{moment:%Y%m%dT%H%M%S%f}"
        tell("Copying the database", 0)
        contents = databases.take(database, folder / name)
        files = {name: manifest.describe(folder / name), **_secret(settings, folder)}
        objects, missing = _copy_objects(storage, contents.objects, folder, before, tell)
        made = Manifest(
            made_at=moment.isoformat(timespec="seconds"),
            version=importlib.metadata.version("veo-workflow"),
            kind=database.engine.dialect.name,
            revision=contents.revision,
            database=name,
            rows=contents.rows,
            files=files | objects,
            missing=missing,
        )
        manifest.write(folder, made)
        for path in list(manifest.strangers(folder, made)):
            path.unlink()
    return made


def _copy_objects(
    storage: Storage, wanted: dict[str, databases.Spoken], folder: Path, before: dict[str, Stored], tell: Tell
) -> tuple[dict[str, Stored], list[str]]:
    copied: dict[str, Stored] = {}
    missing = []
    total, done = sum(spoken.size for spoken in wanted.values()), 0
    for key, spoken in wanted.items():
        name = f"{OBJECTS}/{key}"
        target = folder / name
        if not target.is_file() or target.stat().st_size != spoken.size:
            before.pop(name, None)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                storage.fetch(key, target)
            except NoSuchObject:
                missing.append(key)
                continue
        copied[name] = before.get(name) or manifest.describe(target, spoken.content_type)
        done += spoken.size
        tell("Copying footage", done / max(total, 1))
    return copied, missing


def _secret(settings: Settings, folder: Path) -> dict[str, Stored]:
    """The key of the data folder. One that came by the environment is kept where that is kept."""
    if settings.secret_key:
        (folder / SECRET).unlink(missing_ok=True)
        return {}
    fresh = folder / f".{SECRET}"
    fresh.touch(mode=0o600)
    fresh.write_text(settings.secret())
    fresh.replace(folder / SECRET)
    return {SECRET: manifest.describe(folder / SECRET)}


def _files_before(folder: Path) -> dict[str, Stored]:
    """Of the backup that is brought up to date: digests that need not be reckoned again."""
    try:
        return dict(manifest.read(folder).files)
    except BackupUnusable:
        return {}


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise CannotBackUp(f"Another backup is being made in {folder}; wait until it is done.") from None
    finally:
        os.close(lock)
