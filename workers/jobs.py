"""What RQ calls. An id comes in; everything else stands in the database, who comes next included."""

import logging
import threading

from veo_workflow import metrics, scratch, settings
from veo_workflow.clips import processing
from veo_workflow.migrations import rows
from veo_workflow.services import open_services
from veo_workflow.tags import operations as tags

assert rows.__all__  # noqa: S101 - every room's rows are known before the worker forks

log = logging.getLogger(__name__)

asked_to_stop = threading.Event()  # set when the worker that this job's process belongs to is to go


def process_clip(clip_id: str, attempt: int) -> None:
    """Process the clip whose turn it is. Which one rang, and for which attempt, is only good for the log.

    Before there is new work, what a killed worker left on this machine goes.
    """
    log.debug("rung for clip %s, attempt %d", clip_id, attempt)
    services = open_services(settings.load())
    scratch.purge(services.settings.scratch)
    metrics.keep_in(services.redis)
    try:
        processing.process_next(services, when_published=tags.keep_inside, asked_to_stop=asked_to_stop.is_set)
    finally:
        metrics.flush()  # the process ends with its job, at once
