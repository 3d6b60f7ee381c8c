from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip
from veo_workflow.clips.queries import ClipSeen
from veo_workflow.clips.shares.operations import end_of_clip
from veo_workflow.database import now
from veo_workflow.errors import NotAllowed
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Person


def flag(session: Session, seen: ClipSeen, *, by: Person) -> None:
    """A pupil must not be shown: from this commit on nobody watches the clip, and every share of it has ended.

    Its owner still sees it where they trim it.  Flagging twice is once.
    """
    clip = seen.clip
    session.refresh(clip, with_for_update=True)
    if clip.flagged_at is not None:
        return
    clip.flagged_at, clip.flagged_by_id = now(), by.id
    end_of_clip(session, clip)
    _tell_the_other(session, seen, NoticeKind.CLIP_FLAGGED, by)
    record(session, "clip_flagged", by=by.id, school=clip.school_id, subject=("clip", clip.id))


def take_off(session: Session, seen: ClipSeen, *, by: Person) -> None:
    """The flag was a mistake; only who put it there can say so. Twice is once. Raises NotAllowed."""
    clip: Clip = seen.clip
    session.refresh(clip, with_for_update=True)
    if clip.flagged_at is None:
        return
    if clip.flagged_by_id != by.id:
        raise NotAllowed("Only who flagged this clip can take the flag off. Trim the clip, or talk to them.")
    clip.flagged_at = clip.flagged_by_id = None
    _tell_the_other(session, seen, NoticeKind.CLIP_UNFLAGGED, by)
    record(session, "clip_unflagged", by=by.id, school=clip.school_id, subject=("clip", clip.id))


def _tell_the_other(session: Session, seen: ClipSeen, kind: NoticeKind, by: Person) -> None:
    """The coachee, and the coach if the clip is shared with them while the pair lasts."""
    coach = [seen.pair.coach_id] if seen.clip.shared_with_coach_at and not seen.pair.ended_at else []
    tell(session, [seen.clip.owner_id, *coach], kind, seen.clip.id, by=by.id)
