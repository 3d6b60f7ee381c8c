"""`veo worker`: takes what the doorbell rings for, one job at a time, each in a process of its own."""

import contextlib
import logging
import os
import signal
from typing import Any

import click
from redis import Redis
from rq import Queue, Worker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from veo_workflow import logs, scratch
from veo_workflow.commands import lifeline
from veo_workflow.queue import QUEUES
from veo_workflow.settings import load
from workers import jobs  # before forking, so that a job does not pay for the imports

log = logging.getLogger(__name__)

# Seconds. RQ forgets a worker that has not been heard of for its ttl; it only cleans up between jobs, so an idle
# worker wakes within the ttl to do so.
WORKER_TTL = 45
MAINTENANCE_INTERVAL = 15


class TiedWorker(Worker):
    """RQ's worker, whose work-horse does not outlive it: a clip is never worked on by nobody's process.

    What a killed one left in scratch it purges itself: upkeep may run on another machine.
    """

    def run_maintenance_tasks(self) -> None:
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        scratch.purge(load().scratch)

    def handle_warm_shutdown_request(self) -> None:
        """Asked to go: the work-horse hands its job back, which takes it a moment."""
        if self.horse_pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)

    def _shutdown(self) -> None:
        """Noted before RQ raises: an exception raised while something is being finalised reaches nobody."""
        self._stop_requested = True
        super()._shutdown()  # type: ignore[no-untyped-call]  # RQ says no types here

    def dequeue_job_and_maintain_ttl(self, *args: Any, **options: Any) -> tuple[Job, Queue] | None:
        if self._stop_requested:
            raise StopRequested
        return super().dequeue_job_and_maintain_ttl(*args, **options)

    def setup_work_horse_signals(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: jobs.asked_to_stop.set())

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Logged by type and place; RQ itself would quote the exception's words."""
        log.error("a job ended in an exception", exc_info=exc_info)

    def main_work_horse(self, job: Job, queue: Queue) -> Any:
        lifeline.die_with_parent(self.pid or os.getppid())
        return super().main_work_horse(job, queue)


@click.command()
def worker() -> None:
    """Process clips as they arrive, and make archives when no clip waits."""
    settings = load()
    logs.install(settings)
    redis = Redis.from_url(settings.redis)
    TiedWorker(
        [Queue(name, connection=redis, serializer=JSONSerializer) for name in QUEUES.values()],
        connection=redis,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL,
        maintenance_interval=MAINTENANCE_INTERVAL,
        log_job_description=False,
    ).work(logging_level="WARNING")
