"""Photos and PDFs: what their rows say, and what storage has."""

import itertools
import uuid
from collections.abc import Iterator

from sqlalchemy import select

from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.attachments.queries import spoken_of
from veo_workflow.cycles.attachments.rules import key_of
from veo_workflow.cycles.attachments.upkeep import SETTLED, standing
from veo_workflow.cycles.evidence.models import Evidence
from veo_workflow.cycles.learning.models import Resource
from veo_workflow.database import Database
from veo_workflow.invariants.rules import When
from veo_workflow.services import Services

AT_ONCE = 200


def contradictions(services: Services, when: When) -> Iterator[str]:
    """One sentence for each object that no row speaks of, for each that is missing, and for what should be gone."""
    for attachment in _files(services.database):
        holder = attachment.holder
        if holder is None:
            yield f"File {attachment.id} belongs to nothing."
        elif attachment.key != key_of(holder, attachment.id, attachment.content_type):
            yield f"File {attachment.id} in {holder.folder} {holder.id} has a key that is not its own."
        stored = services.storage.head(attachment.key)
        if stored is None:
            yield f"The object {attachment.key} is missing."
        elif stored.size != attachment.size_bytes:
            yield f"The object {attachment.key} has {stored.size} bytes, and its row says {attachment.size_bytes}."
    yield from _nobodys(services, when)
    with services.database.reading() as session:
        pieces = session.scalars(select(Evidence).where(Evidence.delete_by < when.long_past).limit(100)).all()
        sent = session.scalars(select(Resource).where(Resource.delete_by < when.long_past).limit(100)).all()
    yield from (f"Evidence {each.id} should have been deleted after {each.delete_by}." for each in pieces)
    yield from (f"Resource {each.id} should have been deleted after {each.delete_by}." for each in sent)


def _files(database: Database) -> Iterator[Attachment]:
    """Every file's row, by id: one statement a batch."""
    after = uuid.UUID(int=0)
    while True:
        with database.reading() as session:
            batch = session.scalars(
                select(Attachment).where(Attachment.id > after).order_by(Attachment.id).limit(AT_ONCE)
            ).all()
        yield from batch
        if len(batch) < AT_ONCE:
            return
        after = batch[-1].id


def _nobodys(services: Services, when: When) -> Iterator[str]:
    """Objects are listed before the rows are read, and one that has just been put may still get its row."""
    found = standing(services, min(when.long_ago, when.now - SETTLED))
    while some := list(itertools.islice(found, AT_ONCE)):
        with services.database.reading() as session:
            known = spoken_of(session, some)
        yield from (f"No row speaks of the object {key}." for key in some if key not in known)
