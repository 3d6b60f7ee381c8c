"""The queue as its rows have it, for those who wait: one statement, however many ask."""

from datetime import datetime

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from veo_workflow.clips.models import Job, JobState
from veo_workflow.clips.rules import Line
from veo_workflow.database import now

# So many of those that wait are looked at; further back nobody is told a place.
LOOKED_AT = 500
RUNNING_AT_ONCE = 100
# The pace of work is that of so many clips that were done last.
LATELY = 20


def line(session: Session) -> Line:
    """Who waits, who is worked on, and how fast it has gone lately: one statement."""
    facts = select(Job.clip_id, Job.state, Job.due_at, Job.film_seconds, Job.started_at, Job.finished_at)
    at = now()
    waiting = facts.where(Job.may_begin(at)).order_by(Job.due_at, Job.id)
    running = facts.where(Job.state == JobState.RUNNING)
    done = facts.where(Job.state == JobState.DONE, Job.film_seconds > 0).order_by(Job.finished_at.desc())
    # Each limited in a subquery of its own: SQLite takes no limit before a union.
    parts = (waiting.limit(LOOKED_AT), running.limit(RUNNING_AT_ONCE), done.limit(LATELY))
    rows = session.execute(union_all(*(select(part.subquery()) for part in parts))).all()
    return Line(
        waiting=sorted((row.due_at, row.clip_id, row.film_seconds) for row in rows if row.state is JobState.QUEUED),
        running=[(row.film_seconds, _seconds(row.started_at, at)) for row in rows if row.state is JobState.RUNNING],
        done=[
            (row.film_seconds, _seconds(row.started_at, row.finished_at)) for row in rows if row.state is JobState.DONE
        ],
    )


def _seconds(begun: datetime | None, ended: datetime | None) -> float:
    return max(0.0, (ended - begun).total_seconds()) if begun and ended else 0.0
