"""From an uploaded file to renditions: claim, fetch, show a preview, convert, put, publish.

A trim goes the same way, from the playback file of which a span is kept.

No transaction is open while bytes move.  Everything an attempt makes goes under its own prefix,
`clips/<id>/<attempt>/`, and only the attempt that still holds the job's token publishes; what another left behind is
removed by the one that does, and otherwise swept by upkeep.
"""

import functools
import logging
import math
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from veo_workflow import media
from veo_workflow.clips import jobs, rules
from veo_workflow.clips.arrival import Arrived, ArrivedDamaged, limits_of, look_at
from veo_workflow.clips.attempts import attempt_prefix, forget_attempt, forget_earlier_attempts, forget_previews
from veo_workflow.clips.jobs import Claim, Made, Published, Timeline
from veo_workflow.clips.models import Clip, RenditionKind
from veo_workflow.clips.progress import TRIMMING, tell
from veo_workflow.crashing import Point, reached
from veo_workflow.errors import Unavailable, VeoError
from veo_workflow.leases import clock, held
from veo_workflow.logs import request_id
from veo_workflow.metrics import JOB_FAILURES, JOB_SECONDS
from veo_workflow.scratch import folder_in
from veo_workflow.services import Services

log = logging.getLogger(__name__)

STOPPED = "Converting stopped half-way. Try again in a few minutes."
NOT_TRIMMED = "Trimming stopped half-way, and until it is done nobody can watch the clip. Try again in a few minutes."


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
    claim = functools.partial(jobs.claim, clip_id=clip_id)
    _claim_and_work(services, claim, when_published, asked_to_stop)


def process_next(
    services: Services,
    *,
    when_published: WhenPublished = nothing_more,
    asked_to_stop: Callable[[], bool] = never,
) -> None:
    """Do the job whose turn it is, if any waits; as `process`."""
    _claim_and_work(services, jobs.claim_next, when_published, asked_to_stop)


def _claim_and_work(
    services: Services,
    claim: Callable[..., Claim | None],
    when_published: WhenPublished,
    asked_to_stop: Callable[[], bool],
) -> None:
    lease = services.settings.lease
    until = clock() + lease
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
        handed_back = asked and jobs.hand_back(session, claimed, services.doorbell)
    how = "handed back" if handed_back else "taken over or withdrawn"
    log.info("clip %s: attempt %d was %s", claimed.clip_id, claimed.attempt, how)


def _give_back(services: Services, claimed: Claim) -> None:
    """Leave the job to a later attempt, after a while that grows: what failed us is likely to be away for a moment."""
    tried = rules.ATTEMPTS - claimed.attempts_left
    wait = rules.wait_before_next(tried, services.settings.upkeep_interval)
    with services.database.transaction() as session:
        jobs.give_back(session, claimed, wait)
    reached(Point.GIVEN_BACK)


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
        arrived = look_at(source, claimed, folder, limits, still_held)
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
        if _may_delete_original(services, claimed):
            services.storage.delete(str(claimed.original_key))
            reached(Point.ORIGINAL_DELETED)
        forget_earlier_attempts(services, claimed)
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
            published = jobs.publish(session, claimed, facts, files, keep_original=keep_original)
            if published:
                when_published(session, session.get_one(Clip, claimed.clip_id))
    except SQLAlchemyError:  # the line may have broken after the COMMIT had reached the database
        with services.database.reading() as session:
            if not jobs.has_published(session, claimed):
                raise
        return True
    return published


def _publish_preview(services: Services, claimed: Claim, arrived: Arrived, limits: media.Limits) -> bool:
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
        published = jobs.publish_preview(session, claimed, timeline, file, services.settings.lease)
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


def _put(services: Services, claimed: Claim, output: media.Output) -> Published:
    key = f"{attempt_prefix(claimed)}{output.path.name}"
    stored = services.storage.put(key, output.path, output.content_type)
    reached(Point.PREVIEW_PUT if output.kind == RenditionKind.PREVIEW else Point.RENDITION_PUT)
    return Published(RenditionKind(output.kind), key, output.content_type, stored.size, output.width, output.height)


def _fail(services: Services, claimed: Claim, problem: VeoError) -> None:
    code, reason = _told(claimed, problem)
    with services.database.transaction() as session:
        failed = jobs.fail(session, claimed, code, reason)
    reached(Point.FAILED)
    forget_attempt(services, claimed)
    if failed:
        log.info("clip %s: %s", claimed.clip_id, problem.code)
        JOB_FAILURES.add(code)
        forget_previews(services, claimed.clip_id, up_to=claimed.attempt)
        if code in rules.FILE_IS_WRONG and _may_delete_original(services, claimed):
            services.storage.delete(str(claimed.original_key))
            reached(Point.WRONG_ORIGINAL_DELETED)
        tell(services.events, claimed.clip_id, stage="failed", fraction=1.0, sentence=reason)


def _may_delete_original(services: Services, claimed: Claim) -> bool:
    """Once the rows have said so: a school may keep originals, and a hold keeps them."""
    with services.database.reading() as session:
        return claimed.original_key is not None and not jobs.keeps_original(session, claimed)


def _told(claimed: Claim, problem: VeoError) -> tuple[str, str]:
    """The code and the sentence for the owner. What fails a trim is never the file they chose."""
    if claimed.kept:
        return "not_trimmed", NOT_TRIMMED
    about_the_file = isinstance(problem, (media.Unusable, media.MediaFailure, ArrivedDamaged))
    return problem.code, problem.message if about_the_file else STOPPED


def _held(services: Services, claimed: Claim, until: float) -> AbstractContextManager[Callable[[], bool]]:
    """Renew the job's lease for the time of the block; the function says whether we still hold it."""
    settings = services.settings
    return held(
        services.database,
        lambda session: jobs.renew(session, claimed, settings.lease),
        lease=settings.lease,
        every=settings.lease_renewal,
        until=until,
        what=f"clip {claimed.clip_id}",
    )
