"""A file that somebody sends becomes an attachment: made anew, put into storage, and only then a row."""

import contextlib
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

from werkzeug.datastructures import FileStorage

from veo_workflow import media
from veo_workflow.access.policy import Verb
from veo_workflow.clips.object_queries import bytes_in_use
from veo_workflow.crashing import Point, reached
from veo_workflow.cycles.evidence import operations, upkeep
from veo_workflow.cycles.evidence.queries import evidence_for
from veo_workflow.cycles.evidence.rules import key_of
from veo_workflow.database import new_id
from veo_workflow.errors import Unavailable
from veo_workflow.media.attachments import LARGEST, Remade, remake
from veo_workflow.people.models import Person
from veo_workflow.scratch import folder_in
from veo_workflow.services import Services

AT_ONCE = 2  # files that one process makes anew side by side
PATIENCE = 20.0  # seconds to wait for a place

_places = threading.BoundedSemaphore(AT_ONCE)


def attach(services: Services, person: Person, evidence_id: uuid.UUID, sent: FileStorage) -> None:
    """No transaction is held while the file is made anew; whether it may be added is asked again afterwards.

    Raises Unusable for a file that cannot be taken, InvalidInput where there is no room for it, NotFound,
    NotAllowed; whatever is raised, no object stays behind.
    """
    with folder_in(services.settings.scratch, "file") as folder, _place():
        made = _remade(services, folder, sent)
        attachment_id = new_id()
        key = key_of(evidence_id, attachment_id, made.content_type)
        services.storage.put(key, made.path, made.content_type)
        reached(Point.FILE_KEPT)
        try:
            _write(services, person, evidence_id, made, operations.Stored(attachment_id, key, sent.filename or ""))
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


def _write(services: Services, person: Person, evidence_id: uuid.UUID, made: Remade, stored: operations.Stored) -> None:
    with services.database.transaction() as session:
        found = evidence_for(session, person, evidence_id, Verb.CHANGE)

        def in_use() -> tuple[int, int]:
            return bytes_in_use(session, person.school_id, person.id)

        operations.attach(session, found, made, stored, in_use=in_use, by=person)
    reached(Point.ATTACHED)


@contextlib.contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=PATIENCE):
        raise Unavailable("Other files are being looked at. Try again in a few seconds.")
    try:
        yield
    finally:
        _places.release()
