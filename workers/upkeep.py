"""Every half minute: ring again, reclaim, expire, erase. Doing any of it twice is harmless.

There are four rounds, each with a turn of its own, so that of several copies one does it at a time: what is owed to
the queue takes milliseconds, and must not wait for storage, a mail server or a film, which can take minutes.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from veo_workflow import metrics, scratch
from veo_workflow.audit import operations as audit
from veo_workflow.clips import jobs
from veo_workflow.clips import upkeep as attempts
from veo_workflow.clips.attempts import forget_previews
from veo_workflow.clips.models import Clip, Job, JobState
from veo_workflow.clips.progress import tell
from veo_workflow.clips.shares import films
from veo_workflow.clips.shares import operations as shares
from veo_workflow.clips.uploads import upkeep as uploads
from veo_workflow.cycles.attachments import upkeep as attachments
from veo_workflow.cycles.evidence import upkeep as evidence
from veo_workflow.cycles.learning.resources import upkeep as resources
from veo_workflow.database import after_commit, database_now
from veo_workflow.errors import VeoError
from veo_workflow.migrations import rows
from veo_workflow.notices import operations as notices
from veo_workflow.pages.noticeboard.digest import send_digests
from veo_workflow.people.staff.letters import send_invitations
from veo_workflow.queue import Doorbell
from veo_workflow.removal import ledger
from veo_workflow.removal import operations as removal
from veo_workflow.services import Services
from veo_workflow.storage import held
from veo_workflow.takeout.person import upkeep as archives
from veo_workflow.turns import turn

assert rows.__all__  # noqa: S101 - every room's rows are known here

log = logging.getLogger(__name__)

BEAT = "veo:beat:upkeep"
SWEPT = "veo:swept:attempts"
SWEPT_FILES = "veo:swept:files"
SWEEP_SECONDS = 1800
NOTED_CHANGES = "veo:noted:changes"
NOTED_SECONDS = 300
AT_ONCE = 100

Duties = Mapping[str, Callable[[Services], int]]


def run_forever(services: Services, stop: threading.Event) -> None:
    """All rounds every interval, side by side, until `stop` is set."""
    interval = services.settings.upkeep_interval
    beside = [
        threading.Thread(target=_rounds, args=(services, stop, name, duties, 10 * interval))
        for name, duties in (("storage", STORAGE), ("mail", MAIL), ("films", FILMS))
    ]
    for thread in beside:
        thread.start()
    _rounds(services, stop, "queue", QUEUE, interval)
    for thread in beside:
        thread.join()


def _rounds(services: Services, stop: threading.Event, name: str, duties: Duties, longest: float) -> None:
    """A round every interval, where nobody else has the turn; one that fails is logged, and the next tries again."""
    interval = services.settings.upkeep_interval
    while not stop.is_set():
        try:
            with turn(services.database, f"upkeep: {name}", longest) as ours:
                if ours:
                    _round(services, duties, stop)
            if duties is QUEUE:
                services.redis.set(BEAT, int(time.time()), px=int(interval * 4000))
        except Exception as error:
            log.exception("a round of upkeep failed: %s", type(error).__name__)
        stop.wait(interval)


def one_round(services: Services) -> dict[str, int]:
    """Every duty once, now. Returns how much each had to do, by its name, and under `failures` how many failed."""
    return _round(services, {**QUEUE, **STORAGE, **MAIL, **FILMS}, threading.Event())


def _round(services: Services, duties: Duties, stop: threading.Event) -> dict[str, int]:
    """Each duty on its own: one that fails does not keep the others from being done. `stop` waits for one at most."""
    done = {"failures": 0}
    for name, duty in duties.items():
        if stop.is_set():
            break
        try:
            done[name] = duty(services)
        except Exception as error:
            done["failures"] += 1
            log.exception("upkeep, %s: %s", name, type(error).__name__)
    metrics.upkeep_did(done)
    if any(done.values()):
        log.info("upkeep: %s", ", ".join(f"{name} {number}" for name, number in done.items() if number))
    return done


def reclaim(services: Services) -> int:
    """Jobs whose worker went away, and that have an attempt left, wait for another one."""
    with services.database.transaction() as session:
        at = database_now(session)
        abandoned = _jobs(session, (Job.state == JobState.RUNNING) & (Job.lease_until < at), Job.attempts_left > 0)
        for job in abandoned:
            log.info("clip %s: attempt %d went away", job.clip_id, job.attempt)
            job.state, job.token, job.lease_until = JobState.QUEUED, None, None
            _ring(session, job, services.doorbell, at)
    return len(abandoned)


def set_aside(services: Services) -> int:
    """Clips that ended their last attempt the hard way: their owner is told, and the queue goes on."""
    with services.database.transaction() as session:
        at = database_now(session)
        ended = or_(Job.state == JobState.QUEUED, (Job.state == JobState.RUNNING) & (Job.lease_until < at))
        given_up = [(job, session.get_one(Clip, job.clip_id)) for job in _jobs(session, ended, Job.attempts_left <= 0)]
        for job, clip in given_up:
            log.warning("clip %s set aside after %d attempts", clip.id, job.attempt)
            jobs.quarantine(session, clip, job)
    for job, clip in given_up:
        tell(services.events, clip.id, stage="failed", fraction=1.0, sentence=clip.reason)
        forget_previews(services, clip.id, up_to=job.attempt)
    return len(given_up)


def ring_again(services: Services) -> int:
    """Where fewer bells wait than jobs some were lost: as many are rung again, for those that waited an interval.

    Not one for each that waits: behind a long queue they would pile up.
    """
    with services.database.transaction() as session:
        at = database_now(session)
        ready = Job.may_begin(at)
        waiting = session.scalar(select(func.count()).select_from(Job).where(ready)) or 0
    missing = waiting - services.doorbell.waiting() if waiting else 0
    if missing <= 0:
        return 0
    unheard = at - timedelta(seconds=services.settings.upkeep_interval)
    with services.database.transaction() as session:
        silent = _jobs(session, ready, Job.rung_at < unheard, limit=min(missing, AT_ONCE))
        for job in silent:
            log.info("ringing again for clip %s", job.clip_id)
            _ring(session, job, services.doorbell, at)
    return len(silent)


def _jobs(session: Session, *which: ColumnElement[bool], limit: int = AT_ONCE) -> list[Job]:
    """Some of these jobs, the next ones first, and nobody else's until the transaction ends."""
    asked = select(Job).where(*which).order_by(Job.due_at, Job.id).limit(limit)
    return list(session.scalars(asked.with_for_update(skip_locked=True)))


def _ring(session: Session, job: Job, doorbell: Doorbell, at: datetime) -> None:
    clip_id, attempt = job.clip_id, job.attempt + 1
    job.rung_at = at
    after_commit(session, lambda: doorbell.ring("clip", clip_id, attempt))


def seal_audit(services: Services) -> int:
    with services.database.transaction() as session:
        return audit.seal_entries(session)


def forget_notices(services: Services) -> int:
    with services.database.transaction() as session:
        return notices.forget(session, database_now(session))


def end_shares(services: Services) -> int:
    with services.database.transaction() as session:
        return shares.end_due(session, database_now(session))


def warn_of_expiry(services: Services) -> int:
    with services.database.transaction() as session:
        return removal.warn_of_expiry(session, database_now(session))


def expire_clips(services: Services) -> int:
    with services.database.transaction() as session:
        return removal.expire_clips(session, database_now(session))


def erase_clips(services: Services) -> int:
    with services.database.reading() as session:
        due = removal.to_erase(session)
    return sum(_erased(services, clip_id) for clip_id in due)


def _erased(services: Services, clip_id: uuid.UUID) -> bool:
    try:
        removal.erase(services, clip_id)
    except VeoError as error:  # what cannot be removed of one clip must not keep the others
        log.warning("clip %s not erased yet: %s", clip_id, error.code)
        return False
    return True


def sweep_uploads(services: Services) -> int:
    return 0 if held.is_held(services.storage) else uploads.sweep(services)


def sweep_attempts(services: Services) -> int:
    """Now and then only: it goes through every object of every clip."""
    if held.is_held(services.storage) or not services.redis.set(SWEPT, 1, nx=True, ex=SWEEP_SECONDS):
        return 0
    return attempts.sweep(services) + archives.sweep(services)


def sweep_files(services: Services) -> int:
    """Photos and PDFs that no row speaks of; now and then only, as above."""
    if held.is_held(services.storage) or not services.redis.set(SWEPT_FILES, 1, nx=True, ex=SWEEP_SECONDS):
        return 0
    return attachments.sweep(services)


def note_changes(services: Services) -> int:
    """What must not come back with a backup, for the ledger in storage; now and then only, a day's log each time."""
    if not services.redis.set(NOTED_CHANGES, 1, nx=True, ex=NOTED_SECONDS):
        return 0
    with services.database.reading() as session:
        since = database_now(session) - timedelta(days=1)
    return ledger.note_changes(services.database, services.storage, since)


def sweep_temporary(services: Services) -> int:
    """What storage was still writing when something was killed."""
    return services.storage.sweep_temporary(timedelta(hours=1))


def purge_scratch(services: Services) -> int:
    """Folders that a killed worker of this machine left behind; workers look after their own machines too."""
    return scratch.purge(services.settings.scratch)


QUEUE: Duties = {
    "jobs_reclaimed": reclaim,
    "clips_set_aside": set_aside,
    "bells_rung_again": ring_again,
    "owners_warned": warn_of_expiry,
    "clips_expired": expire_clips,
    "evidence_expired": evidence.expire,
    "resources_expired": resources.expire,
    "archives_reclaimed": archives.reclaim,
    "archives_set_aside": archives.set_aside,
    "archive_bells_rung_again": archives.ring_again,
    "shares_ended": end_shares,
    "audit_sealed": seal_audit,
    "notices_forgotten": forget_notices,
}
STORAGE: Duties = {
    "uploads_recovered": uploads.recover,
    "uploads_expired": uploads.expire,
    "uploads_swept": sweep_uploads,
    "objects_swept": sweep_attempts,
    "files_swept": sweep_files,
    "clips_erased": erase_clips,
    "changes_noted": note_changes,
    "archives_ended": archives.end_what_is_over,
    "archives_erased": archives.erase,
    "scratch_purged": purge_scratch,
    "temporary_swept": sweep_temporary,
}
MAIL: Duties = {"invitations_sent": send_invitations, "digests_sent": send_digests}
FILMS: Duties = {"films_forgotten": films.forget, "films_made": films.prepare}
