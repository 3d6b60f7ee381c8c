"""Holding a clip, and what takes a second person: watching it, and lifting the hold."""

import uuid
from collections.abc import Collection

from sqlalchemy import update
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.clips.operations import let_original_go
from veo_workflow.clips.rules import GONE
from veo_workflow.database import now
from veo_workflow.errors import Conflict
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Person
from veo_workflow.removal.holds import rules
from veo_workflow.removal.holds.models import Hold, HoldRequest, Wish


def place(session: Session, clip: Clip, reason: str, *, is_told: bool, by: Person) -> Hold:
    """From this commit on nothing of the clip is deleted, and nobody but its owner sees it.

    Raises Conflict for a clip that is held already, is being trimmed, has not arrived, or has just been deleted.
    """
    session.refresh(clip, with_for_update=True)
    _check_may_be_held(clip)
    clip.held_at = now()
    hold = Hold(school_id=clip.school_id, clip_id=clip.id, placed_by_id=by.id, reason=reason, is_told=is_told)
    session.add(hold)
    session.flush()
    if is_told:
        tell(session, [clip.owner_id], NoticeKind.CLIP_HELD, clip.id, by=by.id)
    record(session, "clip_held", by=by.id, school=clip.school_id, subject=("clip", clip.id))
    return hold


def _check_may_be_held(clip: Clip) -> None:
    if clip.state in GONE:
        raise Conflict("This clip has just been deleted by its owner, or has reached its day. It cannot be held.")
    if clip.held_at is not None:
        raise Conflict("This clip is on hold already.", code="held")
    if clip.state is ClipState.UPLOADING:
        raise Conflict("This clip has not arrived yet. Try again once it has.")
    if clip.is_being_trimmed:
        raise Conflict("This clip is being trimmed. Try again in a few minutes.")


def ask(
    session: Session,
    hold: Hold,
    wish: Wish,
    reason: str,
    *,
    second: Person,
    concerned: Collection[uuid.UUID],
    by: Person,
) -> HoldRequest:
    """Ask a second person to agree; `concerned` are those whose lesson or coaching it is.

    Raises InvalidInput for a second person who cannot be one, Conflict once the hold is lifted.
    """
    rules.check_second(second.id, asks=by.id, concerned=concerned)
    _check_stands(hold)
    asked = HoldRequest(hold_id=hold.id, wish=wish, reason=reason, asked_by_id=by.id, second_id=second.id)
    session.add(asked)
    session.flush()
    tell(session, [second.id], NoticeKind.HOLD_ASKED, asked.id, by=by.id)
    record(session, f"hold_{wish}_asked", by=by.id, school=hold.school_id, subject=("clip", hold.clip_id))
    return asked


def answer(session: Session, asked: HoldRequest, *, agreed: bool, keep_originals: bool = False, by: Person) -> None:
    """The second person agrees, or does not; an answer stands. `keep_originals` is what this copy does otherwise.

    Raises Conflict for one that was given before, or when the hold has been lifted meanwhile.
    """
    session.refresh(asked, with_for_update=True)
    hold = session.get_one(Hold, asked.hold_id, with_for_update=True, populate_existing=True)
    if asked.answered_at is not None:
        raise Conflict("You have answered this already.", code="answered")
    _check_stands(hold)
    asked.answered_at, asked.agreed = now(), agreed
    said = "agreed" if agreed else "declined"
    tell(session, [asked.asked_by_id], NoticeKind.HOLD_ANSWERED, hold.id, by=by.id)
    record(session, f"hold_{asked.wish}_{said}", by=by.id, school=hold.school_id, subject=("clip", hold.clip_id))
    if agreed and asked.wish is Wish.VIEW:
        asked.ends_at = asked.answered_at + rules.VIEWING_LASTS
    if agreed and asked.wish is Wish.LIFT:
        _lift(session, hold, keep_originals=keep_originals, by=by)


def _lift(session: Session, hold: Hold, *, keep_originals: bool, by: Person) -> None:
    """What waited goes on: a clip that was withdrawn, or whose day has come, is erased by the next upkeep."""
    clip = session.get_one(Clip, hold.clip_id, with_for_update=True, populate_existing=True)
    hold.lifted_at, clip.held_at = now(), None
    let_original_go(clip, keep_originals=keep_originals)
    viewings = (HoldRequest.hold_id == hold.id, HoldRequest.ends_at > hold.lifted_at)
    session.execute(update(HoldRequest).where(*viewings).values(ends_at=hold.lifted_at))
    if hold.is_told:
        tell(session, [clip.owner_id], NoticeKind.CLIP_RELEASED, clip.id, by=by.id)
    record(session, "clip_hold_lifted", by=by.id, school=hold.school_id, subject=("clip", clip.id))


def _check_stands(hold: Hold) -> None:
    if hold.lifted_at is not None:
        raise Conflict("This hold has been lifted.", code="lifted")
