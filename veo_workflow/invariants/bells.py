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
    """One sentence for each bell that no worker of this version can answer, or that names nothing there is."""
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
            read = {job.id: _rung_for(job) for job in jobs}
            with services.database.reading() as session:
                unknown = {
                    (kind, row)
                    for kind in JOBS
                    for row in queries.unknown(session, kind, (each[1] for each in read.values() if each[0] == kind))
                }
            for job_id, (kind, row) in read.items():
                if not kind:
                    yield f"The bell {job_id} in the queue {queue.name} is for nothing this version knows."
                elif (kind, row) in unknown:
                    yield f"The bell {job_id} in the queue {queue.name} is for {kind} {row}, which is not there."


def _rung_for(job: Job) -> tuple[str, uuid.UUID]:
    """(kind, id) of what a bell is for; no kind where this version knows nothing of it."""
    try:
        kind = next((kind for kind, name in JOBS.items() if name == job.func_name), "")
        return kind, uuid.UUID(str(job.args[0]))
    except (DeserializationError, IndexError, ValueError):
        return "", queries.FIRST
