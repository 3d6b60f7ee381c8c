"""How much work waits."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from veo_workflow.clips.models import Job, JobState
from veo_workflow.database import database_now


@dataclass(frozen=True)
class Work:
    """Jobs that wait and that are being done; `oldest` is how long the first in line has waited, in seconds."""

    waiting: int
    running: int
    oldest: float


def work(session: Session) -> Work:
    found = session.execute(
        select(Job.state, func.count(), func.min(Job.queued_at))
        .where(Job.state.in_([JobState.QUEUED, JobState.RUNNING]))
        .group_by(Job.state)
    )
    by_state = {state: (count, first) for state, count, first in found}
    waiting, first = by_state.get(JobState.QUEUED, (0, None))
    running, _ = by_state.get(JobState.RUNNING, (0, None))
    oldest = 0.0 if first is None else (database_now(session) - first).total_seconds()
    return Work(waiting, running, max(0.0, oldest))
