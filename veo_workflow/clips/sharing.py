"""Who may watch a clip besides its owner: the coach, or a named colleague until a day. All of it can be taken back."""

import uuid
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip, ClipShare, ClipState
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.errors import InvalidInput
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


def share_with(session: Session, clip: Clip, colleague: Person, until: date, *, by: Person) -> ClipShare:
    """Let a named colleague watch until the end of a day, at the latest until the clip is deleted.

    Raises InvalidInput.
    """
    today = now().date()
    if until < today:
        raise InvalidInput("That day is over. Choose today or a later one.", fields={"until": "Choose a later day."})
    if colleague.school_id != clip.school_id:
        raise InvalidInput("A clip can be shared with colleagues at your own school only.")
    session.execute(
        update(ClipShare)
        .where(ClipShare.clip_id == clip.id, ClipShare.person_id == colleague.id, ClipShare.revoked_at.is_(None))
        .values(revoked_at=now())
    )
    share = ClipShare(clip_id=clip.id, person_id=colleague.id, until=min(until, clip.delete_by))
    session.add(share)
    tell(session, [colleague.id], NoticeKind.CLIP_SHARED, clip.id, by=by.id)
    record(session, "clip_shared", by=by.id, school=clip.school_id, subject=("clip", clip.id))
    return share


def revoke(session: Session, clip: Clip, share_id: uuid.UUID, *, by: Person) -> None:
    """Bites on the next request; revoking twice is once."""
    revoked = session.scalar(
        update(ClipShare)
        .where(ClipShare.id == share_id, ClipShare.clip_id == clip.id, ClipShare.revoked_at.is_(None))
        .values(revoked_at=now())
        .returning(ClipShare.id)
    )
    if revoked is not None:
        record(session, "clip_share_revoked", by=by.id, school=clip.school_id, subject=("clip", clip.id))


def tell_coach(session: Session, clip: Clip) -> None:
    """The coach of a pair that lasts hears that the clip can be watched."""
    coach = select(Pair.coach_id).join(Cycle, Cycle.pair_id == Pair.id)
    coaches = session.scalars(coach.where(Cycle.id == clip.cycle_id, Pair.ended_at.is_(None)))
    tell(session, coaches, NoticeKind.CLIP_SHARED, clip.id, by=clip.owner_id)
