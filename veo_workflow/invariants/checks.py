"""One look at everything: rows against each other, objects against rows, scratch, and what waits in Redis."""

import heapq
import itertools
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter

from veo_workflow import scratch
from veo_workflow.database import database_now
from veo_workflow.invariants import archives, bells, files, queries, rules
from veo_workflow.invariants.rules import Found, When
from veo_workflow.services import Services
from veo_workflow.storage import Storage, StoredObject

AT_ONCE = 200


@dataclass(frozen=True)
class Contradiction:
    """Two things that cannot both be right: one plain sentence with ids, for whoever looks after the system."""

    sentence: str

    def __str__(self) -> str:
        return self.sentence


def check_invariants(
    services: Services,
    *,
    patience: timedelta = timedelta(0),
    with_redis: bool = True,
    on_progress: Callable[[int], object] = lambda clips: None,
) -> list[Contradiction]:
    """Every contradiction between database, storage, scratch and Redis; an empty list where there is none.

    `patience` is how long things may be on their way: nothing at all once upkeep has been round and nobody works, an
    hour in a school that runs.  People may go on working meanwhile: what is found is looked at once more, and counts if
    it is still so.  `with_redis`: False where it is not running, on purpose.  `on_progress` hears how many clips have
    been looked at.  Raises what storage and database raise.
    """

    def sentences() -> Iterator[str]:
        yield from _sentences(services, patience, on_progress)
        if with_redis:
            yield from bells.contradictions(services)

    found = list(sentences())
    if found:
        still = set(sentences())
        found = [sentence for sentence in found if sentence in still]
    return [Contradiction(sentence) for sentence in found]


def _sentences(services: Services, patience: timedelta, on_progress: Callable[[int], object]) -> Iterator[str]:
    with services.database.reading() as session:
        now = database_now(session)
        for upload in queries.uploads_without_clip(session):
            yield f"Upload {upload.id} is {upload.state}, and its clip is not there."
    when = When(now, patience, timedelta(seconds=services.settings.upload_lifetime))
    yield from _clips(services, when, on_progress)
    yield from files.contradictions(services, when)
    yield from archives.contradictions(services, when)
    for tag, clip in queries.tags(services.database):
        wrong = rules.tag_outside(tag, clip)
        if wrong:
            yield f"Tag {tag.id} of clip {clip.id} {wrong}."
    for folder in scratch.abandoned(services.settings.scratch):
        if time.time() - folder.stat().st_mtime >= patience.total_seconds():
            yield f"The scratch folder {folder.name} is nobody's."


def _clips(services: Services, when: When, on_progress: Callable[[int], object]) -> Iterator[str]:
    """Rows and objects side by side, both in the order of the clips' ids.

    Objects are listed before the rows are read: what is stored meanwhile is not among them.
    """
    after, looked_at = queries.FIRST, 0
    groups = _by_clip(services.storage)
    while after != queries.LAST:
        batch = list(itertools.islice(groups, AT_ONCE))
        some = {clip_id: found for clip_id, found in batch if clip_id}
        for clip_id, found in batch:
            if clip_id is None:
                yield from (f"Nothing of ours is named like the object {each.key}." for each in found.objects)
        upto = max(some, default=after) if len(batch) == AT_ONCE else queries.LAST
        for rows in queries.clips(services.database, after, upto):
            yield from (f"Clip {rows.clip.id} {end}." for end in rules.contradictions_in(rows, when))
            yield from rules.contradictions_with(rows.clip.id, rows, some.pop(rows.clip.id, Found()), when)
            looked_at += 1
        for clip_id, found in some.items():
            yield from rules.contradictions_with(clip_id, None, found, when)
        on_progress(looked_at)
        after = upto


def _by_clip(storage: Storage) -> Iterator[tuple[uuid.UUID | None, Found]]:
    """All that storage has, a clip at a time; under None what is named like nothing we make."""
    streams: list[Iterator[tuple[str, StoredObject | tuple[str, str]]]] = [
        ((_name(each.key), each) for each in storage.list("clips/")),
        ((_name(each.key), each) for each in storage.list("uploads/")),
        ((_name(key), (key, upload)) for key, upload in storage.open_uploads("clips/")),
        ((_name(key), (key, upload)) for key, upload in storage.open_uploads("uploads/")),
    ]
    for name, group in itertools.groupby(heapq.merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
        things = [thing for _, thing in group]
        objects = [thing for thing in things if isinstance(thing, StoredObject)]
        yield _id(name), Found(objects, [thing for thing in things if not isinstance(thing, StoredObject)])


def _name(key: str) -> str:
    return key.split("/")[1]


def _id(name: str) -> uuid.UUID | None:
    try:
        clip_id = uuid.UUID(name)
    except ValueError:
        return None
    return clip_id if str(clip_id) == name else None
