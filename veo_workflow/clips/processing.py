"""From an uploaded file to renditions: claim, fetch, show a preview, convert, put, publish.

A trim goes the same way, from the playback file of which a span is kept.

No transaction is open while bytes move.  Everything an attempt makes goes under its own prefix,
`clips/<id>/<attempt>/`, and only the attempt that still holds the job's token publishes; what another left behind is
removed by the one that does, and otherwise swept by upkeep.
"""

import functools
import hashlib
import logging
import math
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from veo_workflow import media
from veo_workflow.clips import operations, queries, rules
from veo_workflow.clips.models import Clip, RenditionKind
from veo_workflow.clips.operations import Claim, Made, Published, Timeline
from veo_workflow.clips.progress import TRIMMING, tell
from veo_workflow.crashing import Point, reached
from veo_workflow.errors import Unavailable, VeoError
from veo_workflow.logs import request_id
from veo_workflow.metrics import JOB_FAILURES, JOB_SECONDS
from veo_workflow.scratch import folder_in
from veo_workflow.services import Services
from veo_workflow.settings import Settings

log = logging.getLogger(__name__)

PREVIEW_NAME = "preview.mp4"
STOPPED = "Converting stopped half-way. Try again in a few minutes."
NOT_TRIMMED = "Trimming stopped half-way, and until it is done nobody can watch the clip. Try again in a few minutes."
DAMAGED = "This clip arrived damaged. It is still whole on the iPad, so upload it again from there."


class ArrivedDamaged(VeoError):
    """The bytes in storage are not the bytes the browser said it sent."""

    status = 422
    code = "arrived_damaged"


WhenPublished = Callable[[Session, Clip], None]


def nothing_more(session: Session, clip: Clip) -> None:
    """What there is to do in the transaction that publishes, where no room above has a part in it."""


def never() -> bool:
    """Whether a worker is to go, where nobody will ask it to."""
    return False


def process(
    services: Services,
    clip_id: uuid.UUID,
    *,
    when_published: WhenPublished = nothing_more,
    asked_to_stop: Callable[[], bool] = never,
) -> None:
    """Do the clip's job if it is free; nothing happens when somebody else has it or it is done.

    `when_published` is for rooms above this one, and part of the transaction that publishes.  Once `asked_to_stop`
    says yes, the tools are stopped and the job is handed back for another worker.
    """
    claim = functools.partial(operations.claim, clip_id=clip_id)
    _claim_and_work(services, claim, when_published, asked_to_stop)


def process_next(
    services: Services,
    *,
    when_published: WhenPublished = nothing_more,
    asked_to_stop: Callable[[], bool] = never,
) -> None:
    """Do the job whose turn it is, if any waits; as `process`."""
    _claim_and_work(services, operations.claim_next, when_published, asked_to_stop)


def _claim_and_work(
    services: Services,
    claim: Callable[..., Claim | None],
    when_published: WhenPublished,
    asked_to_stop: Callable[[], bool],
) -> None:
    lease = services.settings.lease
    until = _clock() + lease
    with services.database.transaction() as session:
        claimed = claim(session, lease=lease)
    if claimed is None:
        return
    request_id.set(claimed.request_id)
    reached(Point.CLAIMED)
    log.info("clip %s: attempt %d", claimed.clip_id, claimed.attempt)
    with _held(services, claimed, until) as still_held:

        def go_on() -> bool:
            return still_held() and not asked_to_stop()

        try:
            with folder_in(services.settings.scratch, "clip") as folder:
                reached(Point.SCRATCH_MADE)
                _convert_and_publish(services, claimed, folder, go_on, when_published)
        except media.Interrupted:
            _let_go(services, claimed, asked=asked_to_stop())
        except VeoError as problem:
            if isinstance(problem, Unavailable) and claimed.attempts_left:
                log.warning("clip %s: attempt %d put off, %s", claimed.clip_id, claimed.attempt, problem.code)
                _give_back(services, claimed)
            else:
                _fail(services, claimed, problem)
        except Exception:
            reached(Point.SURPRISED)
            JOB_FAILURES.add("crashed")
            _give_back(services, claimed)
            raise


def _let_go(services: Services, claimed: Claim, *, asked: bool) -> None:
    """Stopped half-way: the job is somebody else's already, or another worker is called to it."""
    with services.database.transaction() as session:
        handed_back = asked and operations.hand_back(session, claimed, services.doorbell)
    how = "handed back" if handed_back else "taken over or withdrawn"
    log.info("clip %s: attempt %d was %s", claimed.clip_id, claimed.attempt, how)


def _give_back(services: Services, claimed: Claim) -> None:
    """Leave the job to a later attempt, after a while that grows: what failed us is likely to be away for a moment."""
    tried = rules.ATTEMPTS - claimed.attempts_left
    wait = rules.wait_before_next(tried, services.settings.upkeep_interval)
    with services.database.transaction() as session:
        operations.give_back(session, claimed, wait)
    reached(Point.GIVEN_BACK)


def limits_of(settings: Settings) -> media.Limits:
    """What this school accepts, and what converting may cost it."""
    return media.Limits(
        short_side=settings.playback_short_side,
        max_seconds=settings.max_clip_seconds,
        sandbox="auto" if settings.sandbox == "auto" else False,
    )


def _convert_and_publish(
    services: Services, claimed: Claim, folder: Path, still_held: Callable[[], bool], when_published: WhenPublished
) -> None:
    settings = services.settings
    limits = limits_of(settings)
    if claimed.kept:  # what was accepted once is not measured again
        limits = replace(limits, max_seconds=math.inf)
    _tell(services, claimed, media.Progress("checking", 0.0, None))
    lap = JOB_SECONDS.laps()
    with services.storage.local(claimed.source_key) as source:
        lap("fetching")
        reached(Point.SOURCE_AT_HAND)
        arrived = _look_at(source, claimed, folder, limits, still_held)
        watchable = _publish_preview(services, claimed, arrived, limits)
        lap("checking")
        made = media.convert(
            source,
            folder,
            limits,
            facts=arrived.facts,
            kept=claimed.kept,
            on_progress=lambda progress: _tell(services, claimed, progress, watchable=watchable),
            keep_going=still_held,
        )
        lap("converting")
    reached(Point.CONVERTED)
    files = [_put(services, claimed, output) for output in made.outputs]
    lap("storing")
    facts = Made(
        duration_ms=made.duration_ms,
        frame_rate_num=made.frame_rate.numerator,
        frame_rate_den=made.frame_rate.denominator,
        frames=made.frames,
        width=made.width,
        height=made.height,
        note=made.note,
        sha256=arrived.sha256,
    )
    keep_original = settings.keep_originals and claimed.kept is None
    if not _publish(services, claimed, facts, files, keep_original, when_published):
        forget_attempt(services, claimed)
        return
    reached(Point.PUBLISHED)
    try:
        if claimed.original_key and not keep_original:
            services.storage.delete(claimed.original_key)
            reached(Point.ORIGINAL_DELETED)
        _forget_earlier_attempts(services, claimed)
        forget_previews(services, claimed.clip_id, up_to=claimed.attempt)
        lap("publishing")
    except VeoError as error:  # the clip is published: what could not be removed is swept by upkeep
        log.warning("clip %s not tidied up yet: %s", claimed.clip_id, error.code)
    tell(services.events, claimed.clip_id, stage="ready", fraction=1.0)


def _publish(
    services: Services,
    claimed: Claim,
    facts: Made,
    files: list[Published],
    keep_original: bool,
    when_published: WhenPublished,
) -> bool:
    try:
        with services.database.transaction() as session:
            published = operations.publish(session, claimed, facts, files, keep_original=keep_original)
            if published:
                when_published(session, session.get_one(Clip, claimed.clip_id))
    except SQLAlchemyError:  # the line may have broken after the COMMIT had reached the database
        with services.database.reading() as session:
            if not operations.has_published(session, claimed):
                raise
        return True
    return published


@dataclass(frozen=True)
class _Arrived:
    """What is known of a whole source: its facts; of an original also its digest, and a preview if there can be one."""

    sha256: str | None
    facts: media.Probe
    preview: media.Output | None


def _look_at(
    source: Path, claimed: Claim, folder: Path, limits: media.Limits, still_held: Callable[[], bool]
) -> _Arrived:
    """Read the digest while the tools look at the file and copy it: each of them takes about as long.

    Raises ArrivedDamaged before anything else: of a file that is not what was sent, nothing else is worth saying.
    """
    if claimed.kept:
        return _Arrived(None, media.probe(source, limits, keep_going=still_held), None)
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(_check_arrival, source, claimed)
        try:
            facts = media.probe(source, limits, keep_going=still_held)
            preview = media.preview(source, folder, facts, limits, keep_going=still_held)
        finally:
            sha256 = digest.result()
    return _Arrived(sha256, facts, preview)


def _publish_preview(services: Services, claimed: Claim, arrived: _Arrived, limits: media.Limits) -> bool:
    """Let those who may see the clip watch it from now on, if there is something to watch, and say whether there is.

    Raises Interrupted when the token no longer counts.
    """
    if arrived.preview is None:
        return False
    plan = media.plan(arrived.facts, limits)
    timeline = Timeline(
        duration_ms=round(plan.frames * 1000 / plan.frame_rate),
        frame_rate_num=plan.frame_rate.numerator,
        frame_rate_den=plan.frame_rate.denominator,
        frames=plan.frames,
        width=plan.playback[0],
        height=plan.playback[1],
    )
    try:
        file = _put(services, claimed, arrived.preview)
    except VeoError as problem:  # no room for it, perhaps: what comes of the conversion is much smaller
        log.warning("clip %s: no preview, %s", claimed.clip_id, problem.code)
        return False
    finally:
        arrived.preview.path.unlink()  # conversion may need the room
    with services.database.transaction() as session:
        published = operations.publish_preview(session, claimed, timeline, file, services.settings.lease)
    if not published:
        forget_attempt(services, claimed)
        raise media.Interrupted
    reached(Point.PREVIEW_PUBLISHED)
    forget_previews(services, claimed.clip_id, up_to=claimed.attempt, but=file.key)
    tell(services.events, claimed.clip_id, stage="checking", fraction=0.0, watchable=True)
    return True


def _tell(services: Services, claimed: Claim, now: media.Progress, *, watchable: bool = False) -> None:
    """A trim is one stage: there is nothing to check about a file of our own."""
    tell(
        services.events,
        claimed.clip_id,
        stage=TRIMMING if claimed.kept else now.stage,
        fraction=now.fraction,
        seconds_left=now.seconds_left,
        watchable=watchable,
    )


def _check_arrival(source: Path, claimed: Claim) -> str:
    """The file's SHA-256, against what the browser said it was. Raises ArrivedDamaged."""
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if claimed.sha256 is not None and claimed.sha256 != digest:
        raise ArrivedDamaged(DAMAGED)
    return digest


def _put(services: Services, claimed: Claim, output: media.Output) -> Published:
    key = f"{attempt_prefix(claimed)}{output.path.name}"
    stored = services.storage.put(key, output.path, output.content_type)
    reached(Point.PREVIEW_PUT if output.kind == RenditionKind.PREVIEW else Point.RENDITION_PUT)
    return Published(RenditionKind(output.kind), key, output.content_type, stored.size, output.width, output.height)


def attempt_prefix(claimed: Claim) -> str:
    return f"clips/{claimed.clip_id}/{claimed.attempt}/"


def forget_attempt(services: Services, claimed: Claim) -> None:
    """Remove what an attempt stored that may not be published.

    A preview it had published before it lost the job is the clip's until the next attempt has its own.
    """
    keys = [stored.key for stored in services.storage.list(attempt_prefix(claimed))]
    with services.database.reading() as session:
        named = queries.named_by_renditions(session, keys)
    for key in keys:
        if key not in named:
            services.storage.delete(key)
            reached(Point.ATTEMPT_FORGOTTEN)


def _forget_earlier_attempts(services: Services, claimed: Claim) -> None:
    """Remove what attempts that were killed half-way left behind, and what was there before a trim.

    Nothing of a later attempt: by the time a process that was frozen gets here there may be one.
    """
    for key, attempt in _stored_by_attempt(services, claimed.clip_id):
        if attempt < claimed.attempt:
            services.storage.delete(key)
            reached(Point.EARLIER_FORGOTTEN)


def forget_previews(services: Services, clip_id: uuid.UUID, *, up_to: int, but: str | None = None) -> None:
    """Remove every preview that attempts up to that one made of a clip, but the one under that key."""
    reached(Point.PREVIEWS_DUE)
    for key, attempt in _stored_by_attempt(services, clip_id):
        if attempt <= up_to and key.endswith(f"/{PREVIEW_NAME}") and key != but:
            services.storage.delete(key)
            reached(Point.PREVIEW_FORGOTTEN)


def _stored_by_attempt(services: Services, clip_id: uuid.UUID) -> list[tuple[str, int]]:
    """(key, attempt) of every object of a clip."""
    found = [(stored.key, rules.attempt_in_key(stored.key)) for stored in services.storage.list(f"clips/{clip_id}/")]
    return [(key, place[1]) for key, place in found if place and place[1] is not None]


def _fail(services: Services, claimed: Claim, problem: VeoError) -> None:
    code, reason = _told(claimed, problem)
    with services.database.transaction() as session:
        failed = operations.fail(session, claimed, code, reason)
    reached(Point.FAILED)
    forget_attempt(services, claimed)
    if failed:
        log.info("clip %s: %s", claimed.clip_id, problem.code)
        JOB_FAILURES.add(code)
        forget_previews(services, claimed.clip_id, up_to=claimed.attempt)
        if claimed.original_key and code in rules.FILE_IS_WRONG:
            services.storage.delete(claimed.original_key)
            reached(Point.WRONG_ORIGINAL_DELETED)
        tell(services.events, claimed.clip_id, stage="failed", fraction=1.0, sentence=reason)


def _told(claimed: Claim, problem: VeoError) -> tuple[str, str]:
    """The code and the sentence for the owner. What fails a trim is never the file they chose."""
    if claimed.kept:
        return "not_trimmed", NOT_TRIMMED
    about_the_file = isinstance(problem, (media.Unusable, media.MediaFailure, ArrivedDamaged))
    return problem.code, problem.message if about_the_file else STOPPED


def _clock() -> float:
    """Seconds that pass whatever anybody sets the time to, and also while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@contextmanager
def _held(services: Services, claimed: Claim, until: float) -> Iterator[Callable[[], bool]]:
    """Renew the lease from a thread of its own while the work goes on; the function says whether we still hold it.

    `until` is when the lease ends, by `_clock`, counted from before it was asked for: whoever cannot reach the database
    for that long has lost it, since somebody else may have been given the job by then.
    """
    lease, lost, done = services.settings.lease, threading.Event(), threading.Event()
    ends = [until]

    def still_held() -> bool:
        return not lost.is_set() and _clock() < ends[0]

    def renewing() -> None:
        while not done.wait(services.settings.lease_renewal) and still_held():
            asked = _clock()
            try:
                with services.database.transaction() as session:
                    renewed = operations.renew(session, claimed, lease)
            except SQLAlchemyError as error:  # the database may be away for a moment; the lease decides
                log.warning("lease of clip %s not renewed: %s", claimed.clip_id, type(error).__name__)
                continue
            if renewed and still_held():
                ends[0] = asked + lease
            else:
                lost.set()

    renewer = threading.Thread(target=renewing, name="lease", daemon=True)
    renewer.start()
    try:
        yield still_held
    finally:
        done.set()
        renewer.join(timeout=5)
