"""Pure decisions of a person's archive: how long it is kept, what its files are called, and how it is explained."""

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from veo_workflow.sheets import write
from veo_workflow.takeout.rules import file_name
from veo_workflow.throttle import Limit
from veo_workflow.wording import megabytes

FORMAT = "veo-person/1"
KEY = re.compile(r"archives/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/([0-9]{1,9})\.zip")
KEPT = timedelta(days=3)
ATTEMPTS = 3
MOST = Limit("archives", "10 per day")

STOPPED = "Making the archive stopped half-way. Ask for it again in a few minutes."
TOO_MANY = "You have asked for ten archives within a day. The last one is as good as the next: ask again tomorrow."
GIVEN_UP = "The archive could not be made, although it was tried three times. Tell whoever looks after this server."

README = """\
Your coaching data
==================

{name}, {school}. Made on {made:%d %B %Y at %H:%M} UTC.

person.json   everything that is yours, for a program to read; veo-person-1.schema.json says what it means
tables/       the lists in it that people like to open, for any spreadsheet program
cycles/       each Impact Cycle in which you were coached, whole: goal, strategies, moments, review, sessions
{films}
What is in it: your account and when you were signed in, the pairs you are or were in, your cycles, your own marks
(drafts too), the logs you wrote and those about you that were handed in, your notices, your own entries in the record
of who did what, and what others did with your clips.

What is not in it: other people's drafts, their e-mail addresses, their films, and passwords in any form. Of cycles in
which you coached it holds what you may see there today, and of former ones what you wrote yourself.

Times are UTC. Times on a film are thousandths of a second from its beginning. Films and photos show children: keep them
as carefully as your school does, and delete them when you no longer need them.
"""
WITH_FILMS = "films/        your own films, {number} in all, as they are played ({size})\n"
WITH_EVIDENCE = "evidence/     photos and PDFs of evidence in those cycles, {number} in all ({size})\n"
WITH_RESOURCES = "resources/    photos and PDFs that your coach sent you in them, {number} in all ({size})\n"


@dataclass(frozen=True)
class Stored:
    """A file in storage that belongs into the archive: which thing it is of, in which folder, `size` in bytes."""

    thing: uuid.UUID
    folder: str
    key: str
    size: int
    made_at: datetime
    words: str


@dataclass(frozen=True)
class Entry:
    """A stored file and the name it has in the archive."""

    name: str
    stored: Stored


def entries(files: Iterable[Stored]) -> list[Entry]:
    """Each file under a name of plain letters that no other has, whatever somebody called it."""
    return [
        Entry(f"{file.folder}/{file_name(file.made_at, file.words, file.thing, _ending(file.key))}", file)
        for file in files
    ]


def _ending(key: str) -> str:
    return PurePosixPath(key).suffix.lstrip(".") or "bin"


def with_files(held: Mapping[str, Any], films: Iterable[Entry]) -> dict[str, Any]:
    """The same, each clip with the name of its film in the archive; None where there is none to watch."""
    names = {entry.stored.thing: entry.name for entry in films}
    return {**held, "clips": [clip | {"film": names.get(clip["id"])} for clip in held["clips"]]}


def readme(held: Mapping[str, Any], made_at: datetime, files: Sequence[Entry]) -> str:
    return README.format(
        name=held["account"]["name"],
        school=held["account"]["school"],
        made=made_at,
        films=_told(WITH_FILMS, [file for file in files if file.stored.folder == "films"])
        + _told(WITH_EVIDENCE, [file for file in files if file.stored.folder == "evidence"])
        + _told(WITH_RESOURCES, [file for file in files if file.stored.folder == "resources"]),
    )


def _told(words: str, files: Sequence[Entry]) -> str:
    size = megabytes(sum(file.stored.size for file in files))
    return words.format(number=len(files), size=size) if files else ""


def sheets(held: Mapping[str, Any], columns: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """CSV by name of the list."""
    return {
        name: write(heading, [[_cell(line.get(column)) for column in heading] for line in held[name]])
        for name, heading in columns.items()
    }


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return value


def archive_in_key(key: str) -> tuple[uuid.UUID, int] | None:
    """(archive, attempt) of `archives/<id>/<attempt>.zip`; None for a key of another shape."""
    found = KEY.fullmatch(key)
    return (uuid.UUID(found[1]), int(found[2])) if found else None


@dataclass(frozen=True)
class Progress:
    """How far the making is: `fraction` 0 to 1, `seconds_left` where that can be told."""

    stage: str
    fraction: float
    seconds_left: int | None


def progress(done: int, total: int, seconds: float) -> Progress:
    """After `done` of `total` bytes of film in so many seconds."""
    fraction = done / total if total else 1.0
    left = round(seconds * (total - done) / done) if done and seconds >= 1 else None
    return Progress("writing", fraction, left)
