"""From an uploaded file to renditions: claim, fetch, convert, put, publish.

No transaction is open while bytes move.  Everything an attempt makes goes under its own prefix,
`clips/<id>/<attempt>/`, and only the attempt that still holds the job's token publishes; what another left behind is
swept by upkeep.
"""

import hashlib
import logging
import shutil
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from veo_workflow import media
from veo_workflow.clips import operations, rules
from veo_workflow.clips.models import RenditionKind
from veo_workflow.clips.operations import Claim, Made, Published
from veo_workflow.clips.progress import tell
from veo_workflow.errors import VeoError
from veo_workflow.services import Services

log = logging.getLogger(__name__)

DAMAGED = "This clip arrived damaged. It is still whole on the iPad, so upload it again from there."


class ArrivedDamaged(VeoError):
    """The bytes in storage are not the bytes the browser said it sent."""

    status = 422
    code = "arrived_damaged"


def process(services: Services, clip_id: uuid.UUID) -> None:
    """Do the clip's job if it is free; nothing happens when somebody else has it or it is done."""
    with services.database.transaction() as session:
        claimed = operations.claim(session, clip_id, services.settings.lease)
    if claimed is None:
        return
    log.info("clip %s: attempt %d", clip_id, claimed.attempt)
    with _held(services, claimed) as still_held, _scratch(services) as folder:
        try:
            _convert_and_publish(services, claimed, folder, still_held)
        except media.Interrupted:
            log.info("clip %s: attempt %d was taken over or withdrawn", clip_id, claimed.attempt)
        except (media.Unusable, media.MediaFailure, ArrivedDamaged) as problem:
            _fail(services, claimed, problem.code, problem.message)
        except VeoError as problem:
            _fail(services, claimed, problem.code, "Converting stopped half-way. Try again in a few minutes.")
        except Exception:
            with services.database.transaction() as session:
                operations.give_back(session, claimed)
            raise


def _convert_and_publish(services: Services, claimed: Claim, folder: Path, still_held: Callable[[], bool]) -> None:
    settings = services.settings
    tell(services.events, claimed.clip_id, stage="checking", fraction=0.0)
    with services.storage.local(claimed.original_key) as source:
        digest = _check_arrival(source, claimed)
        made = media.convert(
            source,
            folder,
            media.Limits(
                short_side=settings.playback_short_side,
                max_seconds=settings.max_clip_seconds,
                sandbox="auto" if settings.sandbox == "auto" else False,
            ),
            on_progress=lambda p: tell(
                services.events, claimed.clip_id, stage=p.stage, fraction=p.fraction, seconds_left=p.seconds_left
            ),
            keep_going=still_held,
        )
    files = [_put(services, claimed, output) for output in made.outputs]
    facts = Made(
        duration_ms=made.duration_ms,
        frame_rate_num=made.frame_rate.numerator,
        frame_rate_den=made.frame_rate.denominator,
        frames=made.frames,
        width=made.width,
        height=made.height,
        note=made.note,
        sha256=digest,
    )
    with services.database.transaction() as session:
        published = operations.publish(session, claimed, facts, files, keep_original=settings.keep_originals)
    if not published:
        forget_attempt(services, claimed)
        return
    if not settings.keep_originals:
        services.storage.delete(claimed.original_key)
    _forget_earlier_attempts(services, claimed)
    tell(services.events, claimed.clip_id, stage="ready", fraction=1.0)


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
    return Published(RenditionKind(output.kind), key, output.content_type, stored.size, output.width, output.height)


def attempt_prefix(claimed: Claim) -> str:
    return f"clips/{claimed.clip_id}/{claimed.attempt}/"


def forget_attempt(services: Services, claimed: Claim) -> None:
    """Remove what an attempt stored that may not be published."""
    for stored in list(services.storage.list(attempt_prefix(claimed))):
        services.storage.delete(stored.key)


def _forget_earlier_attempts(services: Services, claimed: Claim) -> None:
    """Remove what attempts that were killed half-way left behind."""
    for stored in list(services.storage.list(f"clips/{claimed.clip_id}/")):
        if not stored.key.startswith(attempt_prefix(claimed)):
            services.storage.delete(stored.key)


def _fail(services: Services, claimed: Claim, code: str, reason: str) -> None:
    with services.database.transaction() as session:
        failed = operations.fail(session, claimed, code, reason)
    forget_attempt(services, claimed)
    if failed:
        log.info("clip %s: %s", claimed.clip_id, code)
        if code in rules.FILE_IS_WRONG:
            services.storage.delete(claimed.original_key)
        tell(services.events, claimed.clip_id, stage="failed", fraction=1.0, sentence=reason)


@contextmanager
def _scratch(services: Services) -> Iterator[Path]:
    """A folder of this attempt's own under the data folder."""
    services.settings.scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="clip-", dir=services.settings.scratch))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _held(services: Services, claimed: Claim) -> Iterator[Callable[[], bool]]:
    """Renew the lease from a thread of its own while the work goes on; the function says whether we still hold it."""
    lost, done = threading.Event(), threading.Event()

    def renewing() -> None:
        while not done.wait(services.settings.lease_renewal):
            try:
                with services.database.transaction() as session:
                    if not operations.renew(session, claimed, services.settings.lease):
                        lost.set()
                        return
            except SQLAlchemyError as error:  # the database may be away for a moment; the lease decides
                log.warning("lease of clip %s not renewed: %s", claimed.clip_id, type(error).__name__)

    renewer = threading.Thread(target=renewing, name="lease", daemon=True)
    renewer.start()
    try:
        yield lambda: not lost.is_set()
    finally:
        done.set()
        renewer.join(timeout=5)
