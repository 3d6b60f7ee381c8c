"""The one place that enqueues. The queue is a doorbell: it carries an id and an attempt, as JSON.

What there is to do stands in the database, and who comes next: a worker that hears a bell, whosever it is, takes the
clip, or the archive, whose turn it is.  So only how many bells wait matters; where some were lost upkeep rings again.
"""

import logging
import uuid

from redis import Redis, RedisError
from rq import Queue
from rq.serializers import JSONSerializer

log = logging.getLogger(__name__)

QUEUE, ARCHIVES = "clips", "archives"
QUEUES = {"clip": QUEUE, "archive": ARCHIVES}  # in the order in which a worker listens: clips do not wait for archives
JOBS = {"clip": "workers.jobs.process_clip", "archive": "workers.jobs.make_archive"}


class Doorbell:
    """Tells the workers that a row is waiting."""

    def __init__(self, redis: Redis) -> None:
        self._queues = {kind: Queue(name, connection=redis, serializer=JSONSerializer) for kind, name in QUEUES.items()}

    def ring(self, kind: str, row: uuid.UUID, attempt: int) -> bool:
        """Enqueue job `kind` for `row`; False when Redis does not answer, which loses nothing."""
        try:
            self._queues[kind].enqueue_call(
                JOBS[kind], args=(str(row), attempt), timeout=-1, result_ttl=0, failure_ttl=3600
            )
        except RedisError as error:
            log.warning("doorbell not heard: %s", type(error).__name__)
            return False
        return True

    def waiting(self, kind: str = "clip") -> int:
        """How many bells of a kind nobody has heard yet. Raises RedisError."""
        return int(self._queues[kind].count)
