"""Sharing a clip with the coach, and taking that back; what others may watch is in `shares`."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Pair, Person


def share_with_coach(session: Session, clip: Clip, *, by: Person) -> None:
    """The coach may watch it from now on, and is told once there is something to watch."""
    if clip.shared_with_coach_at is None:
        clip.shared_with_coach_at = now()
        record(session, "clip_shared_with_coach", by=by.id, school=clip.school_id, subject=("clip", clip.id))
        if clip.state is ClipState.READY:
            tell_coach(session, clip)


def stop_sharing_with_coach(session: Session, clip: Clip, *, by: Person) -> None:
    """The coach's next request, and the next range of an open player, is refused."""
    if clip.shared_with_coach_at is not None:
        clip.shared_with_coach_at = None
        record(session, "clip_unshared_with_coach", by=by.id, school=clip.school_id, subject=("clip", clip.id))


def tell_coach(session: Session, clip: Clip) -> None:
    """The coach of a pair that lasts hears that the clip can be watched."""
    coach = select(Pair.coach_id).join(Cycle, Cycle.pair_id == Pair.id)
    coaches = session.scalars(coach.where(Cycle.id == clip.cycle_id, Pair.ended_at.is_(None)))
    tell(session, coaches, NoticeKind.CLIP_SHARED, clip.id, by=clip.owner_id)
