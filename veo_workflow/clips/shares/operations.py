"""Letting colleagues watch, and taking that back: it bites at the next byte range."""

import uuid
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session, aliased

from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip, ClipShare, ClipState
from veo_workflow.clips.shares import rules
from veo_workflow.clips.shares.rules import Wanted
from veo_workflow.database import now
from veo_workflow.errors import Conflict
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import forget_about, tell
from veo_workflow.people.models import Person
from veo_workflow.people.queries import colleague
from veo_workflow.schools.queries import before_today, today_at

AT_ONCE = 100


def give(session: Session, clip: Clip, wanted: Wanted, *, by: Person) -> ClipShare:
    """Let a named colleague, or everybody at the school, watch until the end of a day; the owner gives.

    Never beyond the day on which the clip is deleted; the same given once more takes the place of what there was.
    Raises InvalidInput, Conflict where there is nothing to watch, NotFound for somebody who is not at the school.
    """
    if clip.state is not ClipState.READY:
        raise Conflict("This clip cannot be shared now: it is not ready to play. Try again once it is.")
    rules.check(wanted, today=today_at(session, clip.school_id), frames=clip.frames or 0, frame_rate=clip.frame_rate)
    if wanted.person_id is not None:
        colleague(session, by, wanted.person_id)
        wanted = replace(wanted, strategy_id=None, step_id=None)
    _end(session, _same(clip, wanted))
    first, last = wanted.frames or (None, None)
    share = ClipShare(
        clip_id=clip.id,
        person_id=wanted.person_id,
        until=min(wanted.until, clip.delete_by),
        first_frame=first,
        last_frame=last,
        shows=wanted.shows,
        note=wanted.note,
        strategy_id=wanted.strategy_id,
        step_id=wanted.step_id,
    )
    session.add(share)
    session.flush()
    if wanted.person_id is not None:
        tell(session, [wanted.person_id], NoticeKind.CLIP_SHARED_WITH, share.id, by=by.id)
    action = "clip_shared" if wanted.person_id else "exemplar_offered"
    record(session, action, by=by.id, school=clip.school_id, subject=("clip", clip.id))
    return share


def _same(clip: Clip, wanted: Wanted) -> ColumnElement[bool]:
    first, last = wanted.frames or (None, None)
    return (
        (ClipShare.clip_id == clip.id)
        & (ClipShare.person_id == wanted.person_id if wanted.person_id else ClipShare.person_id.is_(None))
        & (ClipShare.first_frame.is_(None) if first is None else ClipShare.first_frame == first)
        & (ClipShare.last_frame.is_(None) if last is None else ClipShare.last_frame == last)
    )


def take_back(session: Session, clip: Clip, share_id: uuid.UUID, *, by: Person) -> None:
    """The owner ends a share; ending it twice is once."""
    if _end(session, (ClipShare.id == share_id) & (ClipShare.clip_id == clip.id)):
        record(session, "clip_share_revoked", by=by.id, school=clip.school_id, subject=("clip", clip.id))


def take_out(session: Session, clip: Clip, share: ClipShare, *, by: Person) -> None:
    """A lead takes an exemplar out of the library; the coachee is told."""
    if _end(session, ClipShare.id == share.id):
        tell(session, [clip.owner_id], NoticeKind.EXEMPLAR_TAKEN_OUT, clip.id, by=by.id)
        record(session, "exemplar_taken_out", by=by.id, school=clip.school_id, subject=("clip", clip.id))


def end_one(session: Session, share_id: uuid.UUID) -> bool:
    """A share ends by nobody's hand; whether it lasted until now."""
    return bool(_end(session, ClipShare.id == share_id))


def end_of_clip(session: Session, clip: Clip) -> None:
    """Nobody watches the clip, or a moment of it, by a share any more."""
    _end(session, ClipShare.clip_id == clip.id)


def end_of_person(session: Session, person_id: uuid.UUID) -> None:
    """Nobody watches by what somebody who leaves has given, nor they by what they were given."""
    theirs = select(Clip.id).where(Clip.owner_id == person_id)
    _end(session, or_(ClipShare.clip_id.in_(theirs), ClipShare.person_id == person_id))


def _end(session: Session, which: ColumnElement[bool]) -> list[uuid.UUID]:
    """End those of the shares that last; what was said of them goes, and the news of them. Returns their clips."""
    ended = (
        update(ClipShare)
        .where(which, ClipShare.revoked_at.is_(None))
        .values(revoked_at=now(), shows="", note="")
        .returning(ClipShare.id, ClipShare.clip_id, ClipShare.person_id)
        .execution_options(synchronize_session="fetch")
    )
    rows = session.execute(ended).all()
    told = {holder for _, _, holder in rows if holder is not None}
    forget_about(session, told, NoticeKind.CLIP_SHARED_WITH, [share for share, _, _ in rows])
    return [clip for _, clip, _ in rows]


def end_due(session: Session, at: datetime) -> int:
    """Shares whose day is over, or whose holder or owner has left, end for good; returns how many.

    Nobody could watch by them any more; now they say so themselves.
    """
    owner, holder = aliased(Person), aliased(Person)
    is_past = before_today(session, ClipShare.until, Clip.school_id, at)
    over = or_(is_past, owner.disabled_at.is_not(None), holder.disabled_at.is_not(None))
    due = session.scalars(
        select(ClipShare.id)
        .join(Clip, Clip.id == ClipShare.clip_id)
        .join(owner, owner.id == Clip.owner_id)
        .outerjoin(holder, holder.id == ClipShare.person_id)
        .where(ClipShare.revoked_at.is_(None), over)
        .order_by(ClipShare.until)
        .limit(AT_ONCE)
    ).all()
    clips = _end(session, ClipShare.id.in_(due)) if due else []
    for clip in session.scalars(select(Clip).where(Clip.id.in_(clips))):
        record(session, "clip_share_ended", by=None, school=clip.school_id, subject=("clip", clip.id))
    return len(clips)


def keep_span(session: Session, clip: Clip, first: int, last: int) -> None:
    """Shared moments of a clip of which only the frames `first` to `last` are left: one that is not whole ends."""
    for share in session.scalars(
        select(ClipShare).where(
            ClipShare.clip_id == clip.id, ClipShare.revoked_at.is_(None), ClipShare.first_frame.is_not(None)
        )
    ).all():
        moved = rules.kept(share.frames, first, last) if share.frames else None
        if moved is None:
            _end(session, ClipShare.id == share.id)
        else:
            share.first_frame, share.last_frame = moved
            share.film_key, share.film_tries = None, 0
