"""What waits in Redis: bells that ring for nothing. A row without a bell is no contradiction: upkeep rings again."""

import itertools
import uuid
from collections.abc import Iterator

from redis import RedisError
from rq import Queue
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.serializers import JSONSerializer

from veo_workflow.invariants import queries
from veo_workflow.queue import JOBS
from veo_workflow.services import Services

AT_ONCE = 200


def contradictions(services: Services) -> Iterator[str]:
    """One sentence for each bell in a queue that no worker of this version can answer, or that names no clip."""
    try:
        yield from _contradictions(services)
    except RedisError as error:
        yield f"Redis does not answer ({type(error).__name__}), so what waits there is not known."


def _contradictions(services: Services) -> Iterator[str]:
    redis = services.redis
    for queue in Queue.all(connection=redis, serializer=JSONSerializer):
        for start in itertools.count(0, AT_ONCE):
            ids = queue.get_job_ids(start, AT_ONCE)
            if not ids:
                break
            jobs = [job for job in Job.fetch_many(ids, connection=redis, serializer=JSONSerializer) if job]
            read = {job.id: _clip_of(job) for job in jobs}
            with services.database.reading() as session:
                unknown = queries.unknown(session, (clip_id for clip_id in read.values() if clip_id))
            for job_id, clip_id in read.items():
                if clip_id is None:
                    yield f"The bell {job_id} in the queue {queue.name} is for nothing this version knows."
                elif clip_id in unknown:
                    yield f"The bell {job_id} in the queue {queue.name} is for clip {clip_id}, which is not there."


def _clip_of(job: Job) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(job.args[0])) if job.func_name in JOBS.values() else None
    except (DeserializationError, IndexError, ValueError):
        return None
