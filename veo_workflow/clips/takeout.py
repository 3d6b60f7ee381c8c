"""What this room puts into the takeout of a cycle: what its clips are called, and no footage."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.clips.models import Clip
from veo_workflow.clips.queries import of_cycle
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.people.models import Person

# More than anybody films; the limit only keeps a runaway client from making it endless.
CLIPS_OF_A_CYCLE = 2_000


def taken_out(session: Session, person: Person, seen: CycleSeen) -> dict[str, Any]:
    """What the clips are called and when they were made: one statement, and no footage."""
    clips = session.scalars(
        select(Clip).where(of_cycle(person, seen.cycle.id)).order_by(Clip.created_at, Clip.id).limit(CLIPS_OF_A_CYCLE)
    )
    return {"clips": [described(clip) for clip in clips]}


def described(clip: Clip) -> dict[str, Any]:
    return {
        "id": clip.id,
        "title": clip.title,
        "purpose": clip.purpose,
        "stage": clip.stage,
        "state": clip.state,
        "duration_ms": clip.duration_ms,
        "created_at": clip.created_at,
        "shared_with_coach_at": clip.shared_with_coach_at,
        "delete_by": clip.delete_by,
    }
