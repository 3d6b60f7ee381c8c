"""What changes tags. Requests are repeated when a reply is lost, so doing the same again changes nothing."""

import uuid
from dataclasses import asdict

from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip
from veo_workflow.clips.queries import is_watchable
from veo_workflow.cycles.models import ChosenStrategy
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput, NotAllowed, NotFound
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import Step
from veo_workflow.tags import rules
from veo_workflow.tags.models import Reply, Tag
from veo_workflow.tags.queries import pair_of
from veo_workflow.tags.self_first.queries import turn_of


def put_tag(session: Session, clip: Clip, tag_id: uuid.UUID, wanted: rules.Wanted, *, by: Person) -> tuple[Tag, bool]:
    """Make the tag as wanted, or change it to that; and whether it is new.

    Only its author changes a tag; the caller has asked the policy about the clip.  Raises Conflict (the clip has been
    trimmed since, or cannot be tagged now; the id belongs to another clip; the tag has been changed since, with both in
    `details`), InvalidInput (the step), NotFound (somebody else's draft), NotAllowed (somebody else's shared tag).
    """
    session.refresh(clip, with_for_update={"read": True})  # a trim waits for this tag, or is seen by it
    _check_edition(clip, wanted)
    _check_taggable(session, clip)
    rate, frames = clip.frame_rate, frames_of(clip)
    moment = rules.snapped(wanted.moment, frame_rate=rate, frames=frames)
    present = _own(session, clip, tag_id, by)
    if present is not None:
        return _change(session, clip, present, moment, wanted), False
    _check_step(session, clip, wanted.step_id)
    tag = Tag(id=tag_id, clip_id=clip.id, author_id=by.id, step_id=wanted.step_id, kind=wanted.kind, note=wanted.note)
    _place(tag, moment)
    try:
        with session.begin_nested():
            session.add(tag)
    except IntegrityError:  # the same request, at the same time, in another process
        present = _own(session, clip, tag_id, by)
        if present is None:
            raise
        return _change(session, clip, present, moment, wanted), False
    return tag, True


def frames_of(clip: Clip) -> int:
    """How many frames the playback rendition has."""
    return clip.frames or max(1, rules.frame_at(clip.duration_ms or 0, clip.frame_rate))


def keep_inside(session: Session, clip: Clip) -> None:
    """Put every tag on whole frames of the clip as it has come to be.

    Tags made on the preview were placed on the timeline as it was planned; the playback rendition may end a frame
    earlier, or turn out to need another rate.
    """
    for tag in session.scalars(select(Tag).where(Tag.clip_id == clip.id)):
        stored = rules.Moment(tag.pressed_ms, tag.start_ms, tag.end_ms)
        _place(tag, rules.snapped(stored, frame_rate=clip.frame_rate, frames=frames_of(clip)))


def delete_tag(session: Session, clip: Clip, tag_id: uuid.UUID, *, by: Person) -> None:
    """Take a tag away, with what its author has replied under it; one that is gone already is gone.

    Raises Conflict, NotFound, NotAllowed like `put_tag`; Conflict too once the other one has replied.
    """
    present = _own(session, clip, tag_id, by)
    if present is None:
        return
    if session.scalar(select(exists().where(Reply.tag_id == tag_id, Reply.author_id != by.id))):
        raise Conflict("This moment has been replied to, so it stays. Change its words instead.", code="replied")
    session.execute(delete(Reply).where(Reply.tag_id == tag_id))
    session.delete(present)


def share_tags(session: Session, clip: Clip, *, by: Person) -> int:
    """Show the author's drafts on this clip to the pair, and say how many they were.

    Raises Conflict, also while the pair tags self first and both have not finished.
    """
    _check_taggable(session, clip)
    pair = pair_of(session, clip)
    if turn_of(session, pair, clip.id, by.id).held:
        raise Conflict(
            "You two tag self first: say that you have finished, and both sets are revealed together.", code="held"
        )
    shared = session.scalars(
        update(Tag)
        .where(Tag.clip_id == clip.id, Tag.author_id == by.id, Tag.shared_at.is_(None))
        .values(shared_at=now())
        .returning(Tag.id)
    ).all()
    if shared:
        tell(session, [pair.other(by.id).id], NoticeKind.MOMENTS_SHARED, clip.id, by=by.id)
        record(session, "tags_shared", by=by.id, school=clip.school_id, subject=("clip", clip.id))
    return len(shared)


def keep_span(session: Session, clip: Clip, first: int, last: int, *, by: Person) -> int:
    """Move the clip's tags to where they are once only its frames `first` to `last` are left: a few statements.

    Everybody's, drafts too.  Returns how many are gone with the rest, of those that `queries.presses_on` counts.
    """
    held = turn_of(session, pair_of(session, clip), clip.id, by.id).held
    rows = session.execute(
        select(Tag.id, Tag.pressed_ms, Tag.start_ms, Tag.end_ms, Tag.author_id, Tag.shared_at)
        .where(Tag.clip_id == clip.id)
        .with_for_update()
    ).all()
    moments = {
        row.id: rules.kept(
            rules.Moment(row.pressed_ms, row.start_ms, row.end_ms), first, last, frame_rate=clip.frame_rate
        )
        for row in rows
    }
    gone = [tag_id for tag_id, moment in moments.items() if moment is None]
    unknown = {row.id for row in rows if held and row.author_id != by.id and row.shared_at is None}
    stay = [{"id": tag_id, **asdict(moment)} for tag_id, moment in moments.items() if moment is not None]
    session.execute(delete(Reply).where(Reply.tag_id.in_(gone)))
    session.execute(delete(Tag).where(Tag.id.in_(gone)))
    if stay:
        session.execute(update(Tag), stay)
    return len(set(gone) - unknown)


def _check_taggable(session: Session, clip: Clip) -> None:
    """What can be watched can be marked: a preview has the timeline of the rendition that takes its place."""
    if not is_watchable(session, clip):
        raise Conflict(
            "This clip cannot be marked now: it is not ready to play. Try again once it is.", code="not_ready"
        )


def _check_edition(clip: Clip, wanted: rules.Wanted) -> None:
    if wanted.edition != clip.edition:
        raise Conflict(
            "The clip has been trimmed since, so this would land on another moment. Reload the page and mark it again.",
            code="trimmed_since",
        )


def _own(session: Session, clip: Clip, tag_id: uuid.UUID, by: Person) -> Tag | None:
    tag = session.get(Tag, tag_id, with_for_update=True)
    if tag is None:
        return None
    if tag.author_id != by.id:
        if tag.clip_id == clip.id and tag.shared_at is not None:
            raise NotAllowed("Only the person who made this moment can change it. Add one of your own beside it.")
        raise NotFound()
    if tag.clip_id != clip.id:
        raise Conflict("This moment belongs to another clip. Reload the page and mark it again.", code="other_clip")
    return tag


def _change(session: Session, clip: Clip, tag: Tag, moment: rules.Moment, wanted: rules.Wanted) -> Tag:
    if _is_already(tag, moment, wanted):
        return tag
    if wanted.version != tag.version:
        raise Conflict(
            "You have changed this moment on another screen since. Both are shown; keep the one you mean.",
            code="changed_since",
            mine={"note": wanted.note},
            theirs={"note": tag.note, "version": tag.version},
        )
    if wanted.step_id != tag.step_id:
        _check_step(session, clip, wanted.step_id)
    tag.step_id, tag.kind, tag.note = wanted.step_id, wanted.kind, wanted.note
    _place(tag, moment)
    tag.version += 1
    tag.changed_at = now()
    return tag


def _is_already(tag: Tag, moment: rules.Moment, wanted: rules.Wanted) -> bool:
    stored = rules.Moment(tag.pressed_ms, tag.start_ms, tag.end_ms)
    return (stored, tag.step_id, tag.kind, tag.note) == (moment, wanted.step_id, wanted.kind, wanted.note)


def _place(tag: Tag, moment: rules.Moment) -> None:
    tag.pressed_ms, tag.start_ms, tag.end_ms = moment.pressed_ms, moment.start_ms, moment.end_ms


def _check_step(session: Session, clip: Clip, step_id: uuid.UUID | None) -> None:
    """A step of a strategy in use in the cycle, or of a version that this clip was tagged with before."""
    if step_id is None:
        return
    in_use = exists().where(
        ChosenStrategy.cycle_id == clip.cycle_id,
        ChosenStrategy.strategy_version_id == Step.strategy_version_id,
    )
    sister = select(Step.strategy_version_id).join(Tag, Tag.step_id == Step.id).where(Tag.clip_id == clip.id)
    found = session.scalar(select(Step.id).where(Step.id == step_id, in_use | Step.strategy_version_id.in_(sister)))
    if found is None:
        raise InvalidInput(
            "That step is not one of this cycle’s strategies. Reload the page and choose again.", code="step"
        )
