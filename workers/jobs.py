"""What RQ calls. An id comes in; everything else stands in the database, who comes next included."""

import contextlib
import logging
import threading
from collections.abc import Iterator

from veo_workflow import metrics, scratch, settings
from veo_workflow.clips import processing
from veo_workflow.migrations import rows
from veo_workflow.services import Services, open_services
from veo_workflow.tags import operations as tags
from veo_workflow.takeout.person import making

assert rows.__all__  # noqa: S101 - every room's rows are known before the worker forks

log = logging.getLogger(__name__)

asked_to_stop = threading.Event()  # set when the worker that this job's process belongs to is to go


def process_clip(clip_id: str, attempt: int) -> None:
    """Process the clip whose turn it is. Which one rang, and for which attempt, is only good for the log.

    Before there is new work, what a killed worker left on this machine goes.
    """
    log.debug("rung for clip %s, attempt %d", clip_id, attempt)
    with _ready() as services:
        processing.process_next(services, when_published=tags.keep_inside, asked_to_stop=asked_to_stop.is_set)


def make_archive(archive_id: str, attempt: int) -> None:
    """Make the archive that has waited longest, as `process_clip` does with a clip."""
    log.debug("rung for archive %s, attempt %d", archive_id, attempt)
    with _ready() as services:
        making.make_next(services, asked_to_stop=asked_to_stop.is_set)


@contextlib.contextmanager
def _ready() -> Iterator[Services]:
    services = open_services(settings.load())
    scratch.purge(services.settings.scratch)
    metrics.keep_in(services.redis)
    try:
        yield services
    finally:
        metrics.flush()  # the process ends with its job, at once
