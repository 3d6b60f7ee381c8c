"""`veo worker`: takes what the doorbell rings for, one job at a time, each in a process of its own."""

import logging
import os
from typing import Any

import click
from redis import Redis
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from veo_workflow import scratch
from veo_workflow.commands import lifeline
from veo_workflow.queue import QUEUE
from veo_workflow.settings import load

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

    def main_work_horse(self, job: Job, queue: Queue) -> Any:
        lifeline.die_with_parent(self.pid or os.getppid())
        return super().main_work_horse(job, queue)


@click.command()
def worker() -> None:
    """Process clips as they arrive."""
    import workers.jobs  # noqa: F401 - before forking, so that a job does not pay for the imports

    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", level=logging.INFO)
    redis = Redis.from_url(load().redis)
    TiedWorker(
        [Queue(QUEUE, connection=redis, serializer=JSONSerializer)],
        connection=redis,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL,
        maintenance_interval=MAINTENANCE_INTERVAL,
        log_job_description=False,
    ).work(logging_level="WARNING")
