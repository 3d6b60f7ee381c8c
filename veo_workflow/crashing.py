"""Named places at which a process can be told to die, as if the power had failed: before and after each side effect.

For tests only.  `VEO_CRASH_AT` names one, and settings refuse it outside tests; off, passing a point is one comparison.
A test that runs a road in a process of its own then sees what a kill at that very place leaves behind, and that nothing
is lost once upkeep has been round.
"""

import enum
import itertools
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass


class Point(enum.StrEnum):
    """`<road>/<what has just happened>`, in the order in which a clip passes them.

    Whatever is named here is run into by a test: on the road that its first word names.
    """

    BEGIN_ALLOWED = "begin/allowed"
    BEGIN_OPENED = "begin/opened-in-storage"
    BEGIN_RESERVED = "begin/reserved"
    BEGIN_UNWANTED = "begun-twice/second-not-reserved"

    PART_WRITTEN = "part/written"
    PART_NAMED = "part/named"

    COMPLETE_CLAIMED = "complete/claimed"
    COMPLETE_PLACED = "complete/object-placed"
    COMPLETE_ENDED = "complete/parts-set-aside"
    COMPLETE_JOINED = "complete/joined"
    COMPLETE_REFUSED = "incomplete/refused"
    COMPLETE_REOPENED = "incomplete/reopened"

    FILE_PUT = "file/put"
    FILE_PARTS_ABORTED = "file/parts-aborted"

    FORGET_DUE = "forget/due"
    FORGET_ABORTED = "forget/parts-aborted"
    FORGET_DELETED = "forget/object-deleted"

    COMMITTED = "commit/bells-not-rung"
    RUNG = "commit/bells-rung"

    CLAIMED = "process/claimed"
    SCRATCH_MADE = "process/scratch-made"
    SOURCE_AT_HAND = "process/source-at-hand"
    OBJECT_WRITTEN = "process/object-written-not-placed"
    PREVIEW_PUT = "process/preview-put"
    PREVIEW_PUBLISHED = "process/preview-published"
    CONVERTED = "process/converted"
    RENDITION_PUT = "process/rendition-put"
    PUBLISHED = "process/published"
    ORIGINAL_DELETED = "process/original-deleted"
    PREVIEW_FORGOTTEN = "process/preview-forgotten"

    EARLIER_FORGOTTEN = "trim/earlier-object-forgotten"

    SURPRISED = "surprise/before-giving-back"
    GIVEN_BACK = "surprise/given-back"

    FAILED = "fail/committed"
    WRONG_ORIGINAL_DELETED = "fail/original-deleted"
    ATTEMPT_FORGOTTEN = "overtaken/object-of-attempt-forgotten"

    PIECE_PUT = "piece/put"

    FILE_KEPT = "attach/object-put"
    ATTACHED = "attach/committed"
    FILE_DUE = "detach/committed"
    FILE_DELETED = "detach/object-deleted"
    FILE_SWEPT = "files/object-swept"

    ERASE_NOTED = "erase/noted"
    ERASE_ABORTED = "erase/upload-aborted"
    ERASE_DELETED = "erase/object-deleted"
    ERASE_EMPTIED = "erase/emptied"
    ERASED = "erase/committed"

    ARCHIVE_CLAIMED = "archive/claimed"
    ARCHIVE_FILM_IN = "archive/film-written"
    ARCHIVE_WRITTEN = "archive/written"
    ARCHIVE_PUT = "archive/put"
    ARCHIVE_PUBLISHED = "archive/published"
    ARCHIVE_DELETED = "archive-over/file-deleted"
    ARCHIVE_SWEPT = "archive-swept/file-removed"

    PREVIEWS_DUE = "quarantine/previews-not-forgotten"
    UPLOAD_SWEPT = "sweep/upload-removed"
    ATTEMPT_SWEPT = "sweep/object-of-attempt-removed"
    SCRATCH_PURGED = "sweep/scratch-purged"


@dataclass(frozen=True)
class Crash:
    """Where to die, and at which time of passing, counted from 1."""

    point: Point
    time: int


def read(text: str) -> Crash:
    """`process/claimed`, or `process/rendition-put:3` for the third time. Raises ValueError."""
    name, _, time = text.partition(":")
    crash = Crash(Point(name), int(time or 1))
    if crash.time < 1:
        raise ValueError(f"{time} is no time of passing")
    return crash


_crash: Crash | None = None
_passed: Iterator[int] = itertools.count(1)


def arm(crash: Crash | None) -> None:
    """Have this process, and what it forks, die at that place; None: nowhere."""
    global _crash, _passed
    _crash, _passed = crash, itertools.count(1)


def reached(point: Point) -> None:
    """Die here, at once and without tidying up, if this is the place."""
    if _crash is not None and point is _crash.point and next(_passed) == _crash.time:
        os.kill(os.getpid(), signal.SIGKILL)
