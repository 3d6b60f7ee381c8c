"""What must hold between the rows of people's archives and their files."""

import itertools
from collections.abc import Iterator

from sqlalchemy import select

from veo_workflow.invariants.rules import When
from veo_workflow.services import Services
from veo_workflow.takeout.person.models import Archive, ArchiveState
from veo_workflow.takeout.person.queries import spoken_of

AT_ONCE = 200


def contradictions(services: Services, when: When) -> Iterator[str]:
    """Objects are listed before the rows are read: what is stored meanwhile is not among them."""
    storage = services.storage
    objects = [each for each in storage.list("archives/") if each.modified_at <= when.long_ago]
    uploads = list(storage.open_uploads("archives/"))
    keys = iter([*(each.key for each in objects), *(key for key, _ in uploads)])
    while some := list(itertools.islice(keys, AT_ONCE)):
        with services.database.reading() as session:
            known = spoken_of(session, some)
        yield from (f"No archive speaks of the object {key}." for key in some if key not in known)
    yield from _rows(services, when)


def _rows(services: Services, when: When) -> Iterator[str]:
    with services.database.reading() as session:
        live = select(Archive).where(Archive.state.in_((ArchiveState.READY, ArchiveState.RUNNING)))
        archives = session.scalars(live.order_by(Archive.id)).all()
    for archive in archives:
        if archive.state is ArchiveState.RUNNING:
            if archive.lease_until is None or archive.token is None:
                yield f"Archive {archive.id} is being made, and nobody holds it."
            elif archive.lease_until < when.long_ago:
                yield f"Archive {archive.id} is held by an attempt whose lease ran out."
        else:
            stored = services.storage.head(str(archive.key))
            if stored is None or stored.size != archive.size_bytes:
                wrong = "not there" if stored is None else "not whole"
                yield f"Archive {archive.id} is ready, and its file is {wrong}."
