"""Every half minute: ring again, reclaim, expire, erase. Doing any of it twice is harmless."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from redis import RedisError
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from veo_workflow import scratch
from veo_workflow.clips import operations as clips
from veo_workflow.clips import processing
from veo_workflow.clips import upkeep as attempts
from veo_workflow.clips.models import Clip, Job, JobState
from veo_workflow.clips.uploads import upkeep as uploads
from veo_workflow.database import after_commit, database_now
from veo_workflow.errors import VeoError
from veo_workflow.migrations import rows
from veo_workflow.queue import Doorbell
from veo_workflow.removal import operations as removal
from veo_workflow.services import Services

assert rows.__all__  # noqa: S101 - every room's rows are known here

log = logging.getLogger(__name__)

BEAT = "veo:beat:upkeep"
SWEPT = "veo:swept:attempts"
SWEEP_SECONDS = 1800


def run_forever(services: Services, stop: threading.Event) -> None:
    """Rounds until `stop` is set. A round that fails is logged, and the next one tries again."""
    interval = services.settings.upkeep_interval
    while not stop.is_set():
        try:
            one_round(services)
            services.redis.set(BEAT, int(time.time()), px=int(interval * 4000))
        except Exception as error:
            log.exception("a round of upkeep failed: %s", type(error).__name__)
        stop.wait(interval)


def one_round(services: Services) -> None:
    """Each duty on its own: one that fails does not keep the others from being done."""
    duties: list[Callable[[Services], object]] = [
        ring_again,
        uploads.recover,
        uploads.expire,
        uploads.sweep,
        sweep_attempts,
        expire_clips,
        erase_clips,
        purge_scratch,
        sweep_temporary,
    ]
    for duty in duties:
        try:
            duty(services)
        except (OSError, RedisError, SQLAlchemyError, VeoError) as error:
            log.warning("%s: %s", duty.__name__, type(error).__name__)


def ring_again(services: Services) -> None:
    """Bells that were lost, and jobs whose worker went away: the row is the truth."""
    with services.database.transaction() as session:
        at = database_now(session)
        unheard = at - timedelta(seconds=services.settings.upkeep_interval)
        waiting = session.scalars(
            select(Job)
            .where(
                or_(
                    (Job.state == JobState.QUEUED) & (Job.rung_at < unheard),
                    (Job.state == JobState.RUNNING) & (Job.lease_until < at),
                )
            )
            .order_by(Job.queued_at)
            .limit(100)
        ).all()
        set_aside = [job.clip_id for job in waiting if not _take_up(session, job, services.doorbell)]
    for clip_id in set_aside:
        processing.forget_previews(services, clip_id)


def _take_up(session: Session, job: Job, doorbell: Doorbell) -> bool:
    """Whether there is another attempt left; without one the clip is set aside."""
    clip_id, attempt = job.clip_id, job.attempt + 1
    if job.attempts_left <= 0:
        log.warning("clip %s set aside after %d attempts", clip_id, job.attempt)
        clips.quarantine(session, session.get_one(Clip, clip_id), job)
        return False
    log.info("ringing again for clip %s", clip_id)
    job.state, job.token, job.lease_until = JobState.QUEUED, None, None
    job.rung_at = database_now(session)
    after_commit(session, lambda: doorbell.ring("clip", clip_id, attempt))
    return True


def expire_clips(services: Services) -> None:
    with services.database.transaction() as session:
        removal.expire_clips(session, database_now(session).date())


def erase_clips(services: Services) -> None:
    with services.database.reading() as session:
        due = removal.to_erase(session)
    for clip_id in due:
        removal.erase(services, clip_id)


def sweep_attempts(services: Services) -> None:
    """Now and then only: it goes through every object of every clip."""
    if services.redis.set(SWEPT, 1, nx=True, ex=SWEEP_SECONDS):
        attempts.sweep(services)


def sweep_temporary(services: Services) -> None:
    """What storage was still writing when something was killed."""
    services.storage.sweep_temporary(timedelta(hours=1))


def purge_scratch(services: Services) -> None:
    """Folders that a killed worker left behind."""
    scratch.purge(services.settings.scratch)
