"""A file that somebody sends becomes an attachment: made anew, put into storage, only then a row. And handed out."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.http import dump_options_header
from werkzeug.wrappers import Response

from veo_workflow import media
from veo_workflow.clips.delivery import deliver
from veo_workflow.clips.object_queries import bytes_in_use
from veo_workflow.crashing import Point, reached
from veo_workflow.cycles.attachments import upkeep
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.attachments.operations import InUse, Stored, note_seen
from veo_workflow.cycles.attachments.rules import Holder, key_of
from veo_workflow.database import after_commit, new_id
from veo_workflow.errors import Unavailable
from veo_workflow.media.attachments import LARGEST, Remade, remake
from veo_workflow.people.models import Person
from veo_workflow.scratch import folder_in
from veo_workflow.services import Services
from veo_workflow.web import db, release, services

WITH_FILES = frozenset({"evidence.attach", "resources.send"})  # endpoints that take more than a form's worth of bytes
AT_ONCE = 2  # files that one process makes anew side by side
PATIENCE = 20.0  # seconds to wait for a place

Write = Callable[[Session, Stored, InUse], object]

_places = threading.BoundedSemaphore(AT_ONCE)


def keep(services: Services, person: Person, holder: Holder, sent: FileStorage, write: Write) -> None:
    """Make a file anew and store it; `write` then adds its row, and asks again whether it may be added.

    No transaction is held while the file is made anew.  Raises Unusable for a file that cannot be taken, and whatever
    `write` raises; then no object stays behind.
    """
    with folder_in(services.settings.scratch, "file") as folder, _place():
        made = _remade(services, folder, sent)
        attachment_id = new_id()
        key = key_of(holder, attachment_id, made.content_type)
        services.storage.put(key, made.path, made.content_type)
        reached(Point.FILE_KEPT)
        try:
            _write(services, person, Stored(attachment_id, holder, key, sent.filename or "", made), write)
        except BaseException:
            upkeep.forget(services, [key])
            raise


def _remade(services: Services, folder: Path, sent: FileStorage) -> Remade:
    source, target = folder / "sent", folder / "made"
    target.mkdir()
    with source.open("wb") as file:
        while (data := sent.stream.read(1 << 20)) and file.tell() <= LARGEST:
            file.write(data)
    limits = media.Limits(sandbox="auto" if services.settings.sandbox == "auto" else False)
    return remake(source, target, limits)


def _write(services: Services, person: Person, stored: Stored, write: Write) -> None:
    with services.database.transaction() as session:
        write(session, stored, lambda: bytes_in_use(session, person.school_id, person.id))
    reached(Point.ATTACHED)


@contextlib.contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=PATIENCE):
        raise Unavailable("Other files are being looked at. Try again in a few seconds.")
    try:
        yield
    finally:
        _places.release()


def hand_out(attachment: Attachment, *, to: Person) -> Response:
    """The file itself: a photo to look at, a PDF to keep. A look at another's is written down first."""
    release()
    if attachment.owner_id != to.id:
        with services().database.transaction() as session:
            note_seen(session, attachment.id, by=to)
    response = deliver(attachment.key, attachment.content_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Content-Disposition"] = _named(attachment)
    return response


def _named(attachment: Attachment) -> str:
    ending = "jpg" if attachment.is_photo else "pdf"
    return dump_options_header(
        "inline" if attachment.is_photo else "attachment", {"filename": f"{attachment.name}.{ending}"}
    )


def forget_after_commit(keys: Sequence[str]) -> None:
    """Remove these objects once this request's transaction, in which their rows go, has been committed."""
    held = services()
    after_commit(db(), lambda: upkeep.forget(held, keys))
