"""Erasing what is to go: the rest of a trimmed clip, what has been withdrawn, what has reached its day.

Sits above every room it erases from.
"""

import logging
import uuid
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import Clip, ClipShare, ClipState, Job, Rendition, Upload, UploadState
from veo_workflow.clips.rules import GONE
from veo_workflow.clips.shares import operations as shares
from veo_workflow.crashing import Point, reached
from veo_workflow.cycles.learning.models import PracticeEntry
from veo_workflow.cycles.modelling.models import Modelling
from veo_workflow.database import now
from veo_workflow.errors import Conflict
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Person
from veo_workflow.queue import Doorbell
from veo_workflow.removal import ledger, rules
from veo_workflow.removal.models import Trimming
from veo_workflow.reviews.queue.operations import hold_written
from veo_workflow.reviews.queue.queries import writers_of
from veo_workflow.schools.queries import before_today
from veo_workflow.schools.rules import DAY
from veo_workflow.services import Services
from veo_workflow.tags import operations as tags
from veo_workflow.tags.models import FinishedTagging, Reply, Tag
from veo_workflow.tags.queries import pair_of

log = logging.getLogger(__name__)

AT_ONCE = 50
WARNED_BEFORE = timedelta(days=14)


def trim(session: Session, clip: Clip, wanted: rules.Trim, doorbell: Doorbell, *, by: Person) -> None:
    """Keep a span of a clip; the rest is out of everybody's reach with this commit, and erased once a worker has
    made the clip anew.

    Who may see the clip stays as it is, but a share of a moment that is not kept whole ends.  Moments whose press lies
    outside go, and what the review says of them; the others keep their frames.  Unlike deleting one moment this is not
    refused for such words: the picture may have to go for a child's sake, and a closed review cannot be rewritten.

    Raises Conflict when the clip is not ready, has been trimmed since, or more moments or words would go than were
    told; InvalidInput for a span that cannot be kept.
    """
    session.refresh(clip, with_for_update=True)
    _check_as_it_was_seen(clip, wanted)
    rules.check_span(wanted.first, wanted.last, frames=tags.frames_of(clip), frame_rate=clip.frame_rate)
    _let_words_go(session, clip, wanted, by=by)
    if tags.keep_span(session, clip, wanted.first, wanted.last, by=by) > wanted.told:
        raise Conflict(
            "Somebody has marked another moment in the part that goes. Look at the numbers again before you trim.",
            code="more_moments",
        )
    shares.keep_span(session, clip, wanted.first, wanted.last)
    clips.keep_span(session, clip, wanted.first, wanted.last, doorbell)
    frames = {"first_frame": wanted.first, "last_frame": wanted.last}
    session.add(Trimming(clip_id=clip.id, edition=clip.edition, **frames))
    clip.flagged_at = clip.flagged_by_id = None  # what was flagged is trimmed away; the other looks, and may flag again
    record(session, "clip_trimmed", by=by.id, school=clip.school_id, subject=("clip", clip.id))


def _let_words_go(session: Session, clip: Clip, wanted: rules.Trim, *, by: Person) -> None:
    """What the review says of moments that go was named to whoever trims; the other one hears of it."""
    written = hold_written(session, clip)
    going = rules.words_going(written, wanted.first, wanted.last, frame_rate=clip.frame_rate)
    if len(going) > wanted.words:
        raise Conflict(
            "Your review says something of another moment in the part that goes. "
            "Look again at what goes before you trim.",
            code="more_words",
        )
    if going:
        tell(session, _who_knew(session, clip), NoticeKind.REVIEW_TRIMMED, clip.cycle_id, by=by.id)


def _who_knew(session: Session, clip: Clip) -> set[uuid.UUID]:
    """Of the pair, whom words about this clip's moments concern; nobody where the review has none.

    A coach who has left the pair is not told, nor of a clip that its owner has kept to themselves.
    """
    wrote = writers_of(session, clip.id)
    if not wrote:
        return set()
    pair = pair_of(session, clip)
    coach_knew = clip.shared_with_coach_at is not None or pair.coach_id in wrote
    return {clip.owner_id, pair.coach_id} if coach_knew and pair.ended_at is None else {clip.owner_id}


def _check_as_it_was_seen(clip: Clip, wanted: rules.Trim) -> None:
    if clip.held_at is not None:
        raise Conflict("This clip cannot be trimmed for the time being. Ask your school's safeguarding lead about it.")
    if clip.state is not ClipState.READY:
        raise Conflict("This clip cannot be trimmed now: it is not ready to play. Try again once it is.")
    if clip.edition != wanted.edition:
        raise Conflict(
            "This clip has been trimmed on another screen since. Look at it again before you trim it once more.",
            code="trimmed_since",
        )


def withdraw(session: Session, clip: Clip, *, by: Person) -> None:
    """Access stops with this commit, and the other one hears of words of the review that go; twice is once.

    Unlike a trim it is never refused for such words, nor waits for somebody who writes them: footage goes when its
    owner says so.
    """
    _end(session, clip, ClipState.WITHDRAWN, by=by.id)


def _end(session: Session, clip: Clip, state: ClipState, *, by: uuid.UUID | None) -> None:
    if clip.state in GONE:
        return
    knew = _who_knew(session, clip)
    clips.end(session, clip, state, by=by)
    tell(session, knew, NoticeKind.REVIEW_CLIP_GONE, clip.cycle_id, by=by)


def warn_of_expiry(session: Session, at: datetime) -> int:
    """Owners hear of each clip once, `WARNED_BEFORE` its last day; returns of how many clips (SAFEGUARDING B3)."""
    near = before_today(session, Clip.delete_by, Clip.school_id, at, ahead=WARNED_BEFORE + DAY)
    due = session.scalars(
        select(Clip).where(Clip.state.not_in(GONE), near, Clip.warned_at.is_(None)).limit(AT_ONCE)
    ).all()
    for clip in due:
        clip.warned_at = now()
        tell(session, [clip.owner_id], NoticeKind.CLIP_GOES_SOON, clip.id, by=None)
    return len(due)


def expire_clips(session: Session, at: datetime) -> int:
    """Clips whose day has come stop being visible with this commit; returns how many (SAFEGUARDING B3).

    Both of a pair hear of words of their review that go with one.
    """
    is_past = before_today(session, Clip.delete_by, Clip.school_id, at)
    due = session.scalars(select(Clip).where(Clip.state.not_in(GONE), is_past).limit(AT_ONCE)).all()
    for clip in due:
        _end(session, clip, ClipState.EXPIRED, by=None)
    return len(due)


def to_erase(session: Session) -> list[uuid.UUID]:
    """What is gone and may go: a hold keeps the bytes, and is placed on nothing that is gone already."""
    due = (Clip.state.in_(GONE), Clip.erased_at.is_(None), Clip.held_at.is_(None))
    return list(session.scalars(select(Clip.id).where(*due).limit(AT_ONCE)))


def erase(services: Services, clip_id: uuid.UUID) -> None:
    """Remove every byte first, then the words; interrupted anywhere, the next round goes on where it stopped.

    Words about a moment of it go with the moment; what people wrote of their lesson elsewhere is theirs and stays,
    without pointing here any more.

    The clip's row stays as a tombstone: id, when, who (in the audit log) and why (its state).  The same is in the
    erasure ledger before anything goes.
    """
    storage = services.storage
    with services.database.reading() as session:
        tombstone = ledger.tombstone(session, clip_id)
    ledger.note(storage, tombstone)
    reached(Point.ERASE_NOTED)
    for prefix in (f"clips/{clip_id}/", f"uploads/{clip_id}/"):
        for key, upload in list(storage.open_uploads(prefix)):
            storage.abort_parts(key, upload)
            reached(Point.ERASE_ABORTED)
        for key in list(storage.keys_left(prefix)):
            storage.delete(key)
            reached(Point.ERASE_DELETED)
    reached(Point.ERASE_EMPTIED)
    with services.database.transaction() as session:
        _let_go_of(session, clip_id)
        session.execute(delete(Reply).where(Reply.tag_id.in_(select(Tag.id).where(Tag.clip_id == clip_id))))
        for rows in (Tag, FinishedTagging, Rendition, ClipShare, Job, Trimming):
            session.execute(delete(rows).where(rows.clip_id == clip_id))
        upload_row = session.get(Upload, clip_id)
        if upload_row is not None:
            upload_row.name, upload_row.state = "", UploadState.ABORTED
            upload_row.fingerprint, upload_row.sha256 = "", None
        clip = session.get_one(Clip, clip_id)
        clip.title, clip.reason, clip.note, clip.original_key = "", None, None, None
        clip.fingerprint, clip.sha256 = "", None
        clip.original_bytes = clip.rendition_bytes = 0
        clip.kept_from = clip.kept_to = None
        clip.erased_at = now()
    reached(Point.ERASED)
    log.info("clip %s erased", clip_id)


def _let_go_of(session: Session, clip_id: uuid.UUID) -> None:
    shared = select(ClipShare.id).where(ClipShare.clip_id == clip_id)
    session.execute(update(PracticeEntry).where(PracticeEntry.clip_id == clip_id).values(clip_id=None))
    session.execute(update(Modelling).where(Modelling.exemplar_id.in_(shared)).values(exemplar_id=None))
