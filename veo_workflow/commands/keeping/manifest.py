"""What a backup says of itself, in `manifest.json`: it is written last, and replaced whole.

    manifest.json         versions, counts, and size and SHA-256 of every file below
    database-<moment>     a copy of the SQLite file, or what pg_dump wrote
    secret.key            the key that signs cookies, where it was kept in the data folder
    objects/<key>         what storage held

Until the manifest of a new backup is in place, the one before is whole, its database and its objects beside it.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from veo_workflow.commands.keeping import BackupUnusable, Tell

NAME = "manifest.json"
FORMAT = 1
OBJECTS = "objects"
SECRET = "secret.key"  # noqa: S105 - a file's name


@dataclass(frozen=True)
class Stored:
    """One file of the backup; `content_type` is set for objects."""

    size: int
    sha256: str
    content_type: str = ""


@dataclass(frozen=True)
class Manifest:
    """`kind` and `revision` are the database's, `rows` how many each table has; `files` go by their path in the folder.

    `missing` are keys that rows speak of and storage did not have: erased between the two, or lost before.
    """

    made_at: str
    version: str
    kind: str
    revision: str
    database: str
    rows: dict[str, int]
    files: dict[str, Stored]
    missing: list[str]
    format: int = FORMAT

    @property
    def keys(self) -> list[str]:
        return [path.removeprefix(f"{OBJECTS}/") for path in self.files if path.startswith(f"{OBJECTS}/")]

    @property
    def bytes(self) -> int:
        return sum(stored.size for stored in self.files.values())


def describe(path: Path, content_type: str = "") -> Stored:
    """Size and digest of a file as it is."""
    with path.open("rb") as file:
        return Stored(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest(), content_type)


def write(folder: Path, manifest: Manifest) -> None:
    """In place of the one that stood there, at once or not at all."""
    fresh = folder / f".{NAME}"
    with fresh.open("w") as file:
        json.dump(asdict(manifest), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / NAME)


def read(folder: Path) -> Manifest:
    """Raises BackupUnusable where there is none, or one of a later form."""
    try:
        found: dict[str, Any] = json.loads((folder / NAME).read_text())
    except (OSError, ValueError):
        raise BackupUnusable(
            f"{folder} holds no finished backup; name another folder, or run veo backup to its end."
        ) from None
    if found.get("format") != FORMAT:
        raise BackupUnusable("This backup was made by a later version; install that version, then restore.")
    files = {path: Stored(**stored) for path, stored in found.pop("files").items()}
    return Manifest(**found, files=files)


def check(folder: Path, manifest: Manifest, tell: Tell) -> None:
    """Raises BackupUnusable unless every file is there, byte for byte."""
    done = 0
    for path, stored in manifest.files.items():
        target = folder / path
        if not target.is_file() or target.stat().st_size != stored.size:
            raise BackupUnusable(_damaged(path))
        if describe(target).sha256 != stored.sha256:
            raise BackupUnusable(_damaged(path))
        done += stored.size
        tell("Checking the backup", done / max(manifest.bytes, 1))


def strangers(folder: Path, manifest: Manifest) -> Iterator[Path]:
    """Files of earlier backups that this one no longer has; above all, footage that has been erased since."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in manifest.files and (name.startswith(("database-", f"{OBJECTS}/"))):
            yield path


def _damaged(path: str) -> str:
    return f"The backup is damaged: {path} is not what was written. Nothing was changed; use an earlier backup."
