"""A school in which a process is killed at a crash point, and what brings it back: upkeep, people, workers."""

import os
import signal
import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeAlias

from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, select, update

from tests.faults.roads import ABSENT, ROADS, Case, make_archive, process, travel
from tests.support.forking import FORKED
from veo_workflow.clips.models import Clip, ClipState, Job, JobState, Rendition, Upload
from veo_workflow.clips.queries import is_watchable
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.database import new_id, now
from veo_workflow.invariants.checks import check_invariants
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import Step
from veo_workflow.removal import ledger
from veo_workflow.services import Services, open_services
from veo_workflow.tags import operations as tags
from veo_workflow.tags.models import Tag, TagKind
from veo_workflow.tags.rules import Moment, Wanted
from veo_workflow.takeout.person.models import Archive, ArchiveState
from workers.upkeep import SWEPT, SWEPT_FILES, one_round

LONG = 100.0  # seconds; a child dies within one or two, the rest is for a slow machine
AGO = timedelta(minutes=10)
ROUNDS = 5

Moments: TypeAlias = set[tuple[uuid.UUID, int]]


@dataclass
class School:
    """`beginnings` are how it may begin: without a clip, or (True) with one that is ready and tagged."""

    beginnings: dict[bool, Case]
    _open: list[Services] = field(default_factory=list)

    def open(self, case: Case) -> Services:
        services = open_services(case.settings)
        self._open.append(services)
        return services

    def close(self) -> None:
        for services in self._open:
            services.events.close()
            services.database.engine.dispose()


def run_into(school: School, at: str, road: str) -> tuple[Services, Case]:
    """Go along the road in a process of its own until that dies at the point, by SIGKILL; the school as it then is."""
    case = school.beginnings[ROADS[road].begins_ready]
    services = school.open(case)
    services.redis.flushall()
    case = ROADS[road].prepare(services, case)
    dying = replace(case, settings=case.settings.model_copy(update={"crash_at": at}))
    child = FORKED.Process(target=travel, args=(dying, road))
    child.start()
    child.join(LONG)
    if child.is_alive():
        child.terminate()
    assert child.exitcode == -signal.SIGKILL, f"the process that should have died at {at} ended with {child.exitcode}"
    return services, replace(case, clip=case.clip or the_clip(services))


def the_clip(services: Services) -> uuid.UUID | None:
    """The one clip there is; exactly once means that there are never two."""
    with services.database.reading() as session:
        return session.scalars(select(Clip.id)).one_or_none()


def state_of(services: Services, case: Case) -> str:
    with services.database.reading() as session:
        clip = session.scalars(select(Clip)).one_or_none()
    return ABSENT if clip is None else clip.state.value


def restart(services: Services, ago: timedelta = AGO) -> None:
    """The machine is up again: leases have run out, nobody has heard a bell for a while, and upkeep goes round."""
    with services.database.transaction() as session:
        session.execute(update(Job).where(Job.state == JobState.RUNNING).values(lease_until=now() - AGO))
        session.execute(update(Job).values(rung_at=now() - AGO, wait_until=None))
        session.execute(update(Upload).values(last_activity_at=now() - ago))
        running = update(Archive).where(Archive.state == ArchiveState.RUNNING)
        session.execute(running.values(lease_until=now() - AGO))
        session.execute(update(Archive).values(rung_at=now() - AGO, wait_until=None))
    for path in (services.settings.data / "temporary").glob("*"):
        os.utime(path, (time.time() - 7200,) * 2)
    for path in (services.settings.objects / "evidence").rglob("*.*"):
        os.utime(path, (time.time() - 7200,) * 2)
    services.redis.delete(SWEPT, SWEPT_FILES)
    one_round(services)


def bells(services: Services) -> set[uuid.UUID]:
    """The clips and archives that some worker would be called for."""
    return {uuid.UUID(job.args[0]) for queue in _queues(services) for job in queue.jobs}


def work(services: Services, case: Case) -> None:
    """What a worker does who hears every bell."""
    for _ in range(ROUNDS):
        waiting = bells(services)
        if not waiting:
            return
        for queue in _queues(services):
            queue.empty()
        for row in waiting:  # of a clip or of an archive: who hears a bell takes what comes next
            process(services, replace(case, clip=row))
            make_archive(services, case)
    raise AssertionError("bells ring without an end")


def _queues(services: Services) -> list[Queue]:
    return Queue.all(connection=services.redis, serializer=JSONSerializer)


def archives_under_way(services: Services) -> int:
    with services.database.reading() as session:
        unfinished = Archive.state.in_([ArchiveState.WAITING, ArchiveState.RUNNING])
        return session.scalar(select(func.count()).where(unfinished)) or 0


def waits_to_be_processed(services: Services) -> bool:
    with services.database.reading() as session:
        clip = session.scalars(select(Clip)).one_or_none()
    return clip is not None and clip.state in {ClipState.QUEUED, ClipState.PROCESSING}


def mark(services: Services, case: Case) -> Moments:
    """The moments that somebody has been told are kept: those there are, and a new one, if there is a film to mark."""
    with services.database.transaction() as session:
        clip = session.get(Clip, case.clip) if case.clip else None
        if clip is not None and is_watchable(session, clip):
            step = session.scalars(select(Step).where(Step.strategy_version_id == case.strategy)).first()
            wanted = Wanted(Moment(517, 517, 517), step.id if step else None, TagKind.NOTE, "Seen.", 0, clip.edition)
            tags.put_tag(session, clip, new_id(), wanted, by=session.get_one(Person, case.priya))
    return tagged(services)


def tagged(services: Services) -> Moments:
    """Every moment, and when it was pressed."""
    with services.database.reading() as session:
        return {(tag_id, at) for tag_id, at in session.execute(select(Tag.id, Tag.pressed_ms))}


def contradictions(services: Services) -> list[str]:
    return [str(each) for each in check_invariants(services)]


def bytes_left(services: Services) -> list[str]:
    """Every file, and every open upload, that storage or a worker has anywhere; that a clip is gone is noted there."""
    storage, folders = services.storage, ("parts", "temporary", "scratch", "objects")
    left = [each.key for each in storage.list("")] + [upload for _, upload in storage.open_uploads("")]
    files = [path for name in folders for path in (services.settings.data / name).rglob("*") if path.is_file()]
    return [each for each in [*left, *map(str, files)] if f"/{ledger.PREFIX}" not in f"/{each}"]


def published_sets(services: Services) -> set[str]:
    """The attempts whose renditions are published."""
    with services.database.reading() as session:
        return {key.rpartition("/")[0] for key in session.scalars(select(Rendition.key))}


def files_kept(services: Services) -> set[str]:
    """Photos and PDFs that storage has."""
    return {each.key for each in services.storage.list("evidence/")}


def files_spoken_of(services: Services) -> set[str]:
    with services.database.reading() as session:
        return set(session.scalars(select(Attachment.key)))
