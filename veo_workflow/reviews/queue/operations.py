"""What the pair does with the moments of its review.

Every change says what it wants done (a star, earlier by one, before that moment) and not how the list should look, and
the review's row is held meanwhile: two people who change the queue at once both get their change.
"""

import uuid
from collections.abc import Callable

from sqlalchemy import Uuid, and_, case, func, insert, literal, select, update
from sqlalchemy.orm import Session

from veo_workflow.access.policy import Verb
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.clips.queries import ClipSeen
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.database import now
from veo_workflow.errors import Conflict, NotFound
from veo_workflow.people.models import Person
from veo_workflow.reviews.models import Review, ReviewMoment
from veo_workflow.reviews.operations import BOTH_CHANGED, opened_for, two_texts
from veo_workflow.reviews.queries import AGREED_ORDER, Wanted, asked_for, kept_of, visible_moments
from veo_workflow.reviews.queue import rules
from veo_workflow.reviews.queue.queries import written_of
from veo_workflow.reviews.queue.rules import Change, Do
from veo_workflow.reviews.rules import meet
from veo_workflow.tags.models import Tag
from veo_workflow.tags.operations import delete_tag


def change_moment(
    session: Session, person: Person, seen: CycleSeen, tag_id: uuid.UUID, change: Change, wanted: Wanted
) -> Review:
    """Do one thing with a moment, and keep the words that came with it. `wanted` is the list it was done in.

    Raises NotFound, NotAllowed, or Conflict whose details carry both texts where both wrote what they take from it.
    """
    review = opened_for(session, seen, Verb.CHANGE)
    moment = _kept(session, person, seen, tag_id)
    if change.words is not None:
        _write(moment, change.words, person, seen)
    if change.do in rules.MOVES:
        _move(session, person, seen, moment, change, wanted)
    else:
        MARKS[change.do](moment, person)
    review.queue_version += 1
    session.flush()
    return review


def delete_moment(session: Session, person: Person, seen: ClipSeen, tag_id: uuid.UUID) -> None:
    """Take a tag away, unless the pair has written in its review what it takes from it.

    The review is held meanwhile, so that nobody writes there about a moment that goes.  Raises Conflict, NotFound and
    NotAllowed like `tags.operations.delete_tag`.
    """
    cycle_id = seen.cycle.id
    session.scalar(select(Review.cycle_id).where(Review.cycle_id == cycle_id).with_for_update())
    written = and_(ReviewMoment.cycle_id == cycle_id, ReviewMoment.tag_id == tag_id, ReviewMoment.taken != "")
    mine = and_(Tag.id == tag_id, Tag.author_id == person.id)
    if session.scalar(select(Tag.id).join(ReviewMoment, written).where(mine)) is not None:
        raise Conflict(
            "Your review says what you two take from this moment, so it stays. "
            "Clear those words there first, or leave the moment out of the review.",
            code="in_review",
        )
    delete_tag(session, seen.clip, tag_id, by=person)


def hold_written(session: Session, clip: Clip) -> list[tuple[int, int]]:
    """`queries.written_of`, with the review and the moments held, so that nobody writes of them until it is decided."""
    session.scalar(select(Review.cycle_id).where(Review.cycle_id == clip.cycle_id).with_for_update())
    session.execute(select(Tag.id).where(Tag.clip_id == clip.id).with_for_update())
    return written_of(session, clip.id)


def _kept(session: Session, person: Person, seen: CycleSeen, tag_id: uuid.UUID) -> ReviewMoment:
    """What the pair did with this moment so far. Raises NotFound for one that is not in the asker's review."""
    there = select(Tag.id).join(Clip, Clip.id == Tag.clip_id).where(visible_moments(person, seen.cycle.id))
    if session.scalar(there.where(Tag.id == tag_id)) is None:
        raise NotFound("This moment is no longer in the review. Reload the page to see what is.")
    moment = session.get(ReviewMoment, (seen.cycle.id, tag_id))
    if moment is None:
        moment = ReviewMoment(cycle_id=seen.cycle.id, tag_id=tag_id, taken="")
        session.add(moment)
        session.flush()
    return moment


def _write(moment: ReviewMoment, words: rules.Words, person: Person, seen: CycleSeen) -> None:
    opened_with = words.over if words.keep else words.mark
    taken, both = meet(words.taken, moment.taken, opened_with=opened_with, kept=words.keep)
    if both:
        other = seen.pair.other(person.id)
        raise Conflict(
            BOTH_CHANGED,
            by=other.given_name,
            at=moment.taken_at if moment.taken_by_id == other.id else None,
            parts=[two_texts("taken", words.taken, moment.taken, seen.pair)],
        )
    if taken != moment.taken:
        moment.taken, moment.taken_by_id, moment.taken_at = taken, person.id, now()
        if taken:
            _talk(moment, person)


def _star(moment: ReviewMoment, person: Person) -> None:
    moment.starred_by_id = moment.starred_by_id or person.id


def _unstar(moment: ReviewMoment, _person: Person) -> None:
    moment.starred_by_id = None


def _leave_out(moment: ReviewMoment, person: Person) -> None:
    moment.left_out_by_id = moment.left_out_by_id or person.id


def _bring_back(moment: ReviewMoment, _person: Person) -> None:
    moment.left_out_by_id = None


def _talk(moment: ReviewMoment, _person: Person) -> None:
    moment.talked_at = moment.talked_at or now()


def _not_yet(moment: ReviewMoment, _person: Person) -> None:
    moment.talked_at = None


MARKS: dict[Do, Callable[[ReviewMoment, Person], None]] = {
    Do.SAVE: lambda _moment, _person: None,
    Do.STAR: _star,
    Do.UNSTAR: _unstar,
    Do.LEAVE_OUT: _leave_out,
    Do.BRING_BACK: _bring_back,
    Do.TALKED: _talk,
    Do.NOT_YET: _not_yet,
}


def _move(
    session: Session, person: Person, seen: CycleSeen, moment: ReviewMoment, change: Change, wanted: Wanted
) -> None:
    """Put the moment at another place; those between move by one. At an end of the list it stays where it is."""
    cycle_id = seen.cycle.id
    _give_places(session, cycle_id)
    session.refresh(moment)
    mine = moment.position or 0
    anchor = _anchor(session, person, cycle_id, mine, change, wanted)
    if anchor is None:
        return
    to = rules.place(mine, anchor, after=change.do in (Do.LATER, Do.AFTER))
    between = ReviewMoment.position.between(min(mine, to), max(mine, to))
    aside = ReviewMoment.position + (1 if to < mine else -1)
    session.execute(
        update(ReviewMoment)
        .where(ReviewMoment.cycle_id == cycle_id, between)
        .values(position=case((ReviewMoment.tag_id == moment.tag_id, to), else_=aside)),
        execution_options={"synchronize_session": False},
    )
    session.refresh(moment)


def _anchor(
    session: Session, person: Person, cycle_id: uuid.UUID, mine: int, change: Change, wanted: Wanted
) -> int | None:
    """The place of the moment that this one goes before or after, among those the asker has in the list."""
    place = ReviewMoment.position
    listed = (
        select(place)
        .join(Tag, kept_of(cycle_id))
        .join(Clip, Clip.id == Tag.clip_id)
        .where(visible_moments(person, cycle_id))
    )
    if change.beside_id is not None:
        return session.scalar(listed.where(Tag.id == change.beside_id))
    listed = listed.where(*asked_for(wanted))
    if change.do is Do.LATER:
        return session.scalar(listed.where(place > mine).order_by(place).limit(1))
    nearest = place.desc() if change.do is Do.EARLIER else place
    return session.scalar(listed.where(place < mine).order_by(nearest).limit(1))


def _give_places(session: Session, cycle_id: uuid.UUID) -> None:
    """A place for every shared moment of the cycle, whoever may see it, where some have none yet: a few statements."""
    of_cycle = and_(Clip.cycle_id == cycle_id, Clip.state == ClipState.READY, Tag.shared_at.is_not(None))
    present = select(ReviewMoment.tag_id).where(ReviewMoment.cycle_id == cycle_id)
    missing = (
        select(literal(cycle_id, Uuid()), Tag.id)
        .join(Clip, Clip.id == Tag.clip_id)
        .where(of_cycle, Tag.id.not_in(present))
    )
    session.execute(insert(ReviewMoment).from_select(["cycle_id", "tag_id"], missing))
    placeless = select(ReviewMoment.tag_id).where(ReviewMoment.cycle_id == cycle_id, ReviewMoment.position.is_(None))
    if session.scalar(placeless.limit(1)) is None:
        return
    ranked = (
        select(ReviewMoment.tag_id, func.row_number().over(order_by=AGREED_ORDER).label("place"))
        .join(Tag, kept_of(cycle_id))
        .join(Clip, Clip.id == Tag.clip_id)
        .subquery()
    )
    session.execute(
        update(ReviewMoment)
        .where(ReviewMoment.cycle_id == cycle_id, ReviewMoment.tag_id == ranked.c.tag_id)
        .values(position=ranked.c.place),
        execution_options={"synchronize_session": False},
    )
