"""Using a backup, on a copy that has no rows yet.

The order makes an interrupted restore one that can be begun again: first everything is checked, then the sweeps are
held, then come key and objects, and last the database, in one step.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import select

from veo_workflow import migrations
from veo_workflow.clips.models import Clip
from veo_workflow.clips.rules import GONE, attempt_in_key
from veo_workflow.commands import data_folder
from veo_workflow.commands.keeping import BackupUnusable, Tell, databases, manifest
from veo_workflow.commands.keeping.manifest import OBJECTS, SECRET, Manifest
from veo_workflow.cycles.attachments.rules import Folder
from veo_workflow.database import Database
from veo_workflow.errors import Conflict
from veo_workflow.people.operations import end_all_ways_in
from veo_workflow.removal import ledger
from veo_workflow.removal.ledger import Entry
from veo_workflow.settings import Settings
from veo_workflow.storage import Storage, held
from veo_workflow.storage.choose import open_storage
from veo_workflow.storage.held import Held


@dataclass(frozen=True)
class Restored:
    """What the backup was, what does not fit together now, and how many erasures were replayed."""

    manifest: Manifest
    held: Held
    replayed: int


def restore(settings: Settings, folder: Path, tell: Tell, erasures: Sequence[Entry] = ()) -> Restored:
    """What the `erasures` name, or storage's own ledger, is gone again before anybody can start the copy.

    Raises BackupUnusable, Conflict (this copy is in use), CannotBackUp; before the first change where it can."""
    found = manifest.read(folder)
    database = Database(settings.database)
    _check_that_it_fits(database, found)
    data_folder.prepare(settings)
    with _held(settings):
        if not databases.is_empty(database.engine):
            raise Conflict(
                "This copy has people and footage of its own; restore into an empty one: "
                "set VEO_DATA to a new folder, or VEO_DATABASE_URL to a new database."
            )
        manifest.check(folder, found, tell)
        _bring_key(settings, folder, found)
        storage = open_storage(settings)
        held.hold(storage, Held())
        _bring_objects(storage, folder, found, tell)
        tell("Bringing the database back", 0)
        databases.load(database, folder / found.database)
        migrations.migrate(database.engine)
        left = _compare(database, storage)
        held.hold(storage, left)
        if left == Held():
            held.release(storage)
        with database.transaction() as session:
            end_all_ways_in(session)
            replayed = ledger.replay_all(session, [*erasures, *ledger.noted(storage)], storage)
    database.engine.dispose()
    return Restored(found, left, replayed)


def _check_that_it_fits(database: Database, found: Manifest) -> None:
    kind = database.engine.dialect.name
    if kind != found.kind:
        raise BackupUnusable(
            f"The backup is of {found.kind} and this copy is set up for {kind}; "
            f"set VEO_DATABASE_URL so that it is {found.kind} as well."
        )
    known = ScriptDirectory.from_config(migrations.config(database.engine)).walk_revisions()
    if found.revision not in {script.revision for script in known}:
        raise BackupUnusable(f"The backup was made by version {found.version}; install that version, then restore.")


@contextlib.contextmanager
def _held(settings: Settings) -> Iterator[None]:
    """No copy starts on this data folder meanwhile."""
    lock = data_folder.hold(settings)
    try:
        yield
    finally:
        os.close(lock)


def _bring_key(settings: Settings, folder: Path, found: Manifest) -> None:
    """With another key everybody would have to sign in again, and links would be dead."""
    if SECRET in found.files and not settings.secret_key:
        fresh = settings.data / f".{SECRET}"
        fresh.touch(mode=0o600)
        fresh.write_bytes((folder / SECRET).read_bytes())
        fresh.replace(settings.data / SECRET)


def _bring_objects(storage: Storage, folder: Path, found: Manifest, tell: Tell) -> None:
    total, done = sum(found.files[f"{OBJECTS}/{key}"].size for key in found.keys), 0
    for key in found.keys:
        stored = found.files[f"{OBJECTS}/{key}"]
        standing = storage.head(key)
        if standing is None or standing.size != stored.size:
            storage.put(key, folder / OBJECTS / key, stored.content_type)
        done += stored.size
        tell("Bringing footage back", done / max(total, 1))


def _compare(database: Database, storage: Storage) -> Held:
    """What storage has and no row speaks of, and the other way round; nothing is done about either."""
    with database.engine.connect() as connection:
        spoken = databases.contents(connection).objects
    with database.reading() as session:
        published = {
            (clip_id, attempt)
            for clip_id, attempt in session.execute(select(Clip.id, Clip.attempt).where(Clip.state.not_in(GONE)))
        }
    folders = ("clips", "uploads", *Folder)
    there = [stored.key for folder in folders for stored in storage.list(f"{folder}/")]
    unknown = [key for key in there if key not in spoken and attempt_in_key(key) not in published]
    return Held(unknown, sorted(set(spoken) - set(there)))
