"""What this room puts into takeouts: what the pair wrote down and agreed, and what it did with its moments."""

import uuid
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import SQLColumnExpression, select
from sqlalchemy.orm import Session, joinedload

from veo_workflow.access.policy import Thing, Verb, allows
from veo_workflow.clips.models import Clip
from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.cycles.takeout import names_of
from veo_workflow.people.models import Pair, Person
from veo_workflow.reviews.models import NextAction, Review, ReviewMoment
from veo_workflow.reviews.queries import AGREED_ORDER, SHOWN, visible_moments
from veo_workflow.tags.models import Tag

# More than a pair ever talks about; the limit only keeps a runaway client from making it endless.
MOMENTS = 10_000

Names = Mapping[uuid.UUID, str]


def taken_out(session: Session, person: Person, seen: CycleSeen) -> dict[str, Any]:
    """The review, or None where nobody has begun one: four statements."""
    if not allows(seen.relations, Verb.SEE, Thing.REVIEW, seen.state):
        return {"review": None}
    review = session.get(Review, seen.cycle.id)
    if review is None:
        return {"review": None}
    touched = ReviewMoment.cycle_id == seen.cycle.id
    moments = _moments(session, touched, visible_moments(person, seen.cycle.id))
    return {"review": _described(review, moments.get(review.cycle_id, []), names_of(seen.pair))}


def of_person(session: Session, person: Person) -> dict[str, Any]:
    """The reviews of the cycles the person coaches at present; those in which they were coached are in the cycles.

    Four statements, one where there are none.
    """
    coached = (Pair.coach_id == person.id, Pair.ended_at.is_(None))
    rows = session.execute(
        select(Review, Pair)
        .join(Cycle, Cycle.id == Review.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .options(joinedload(Pair.coach), joinedload(Pair.coachee))
        .where(*coached)
        .order_by(Cycle.opened_at, Cycle.id)
    ).all()
    cycles = select(Cycle.id).join(Pair, Pair.id == Cycle.pair_id).where(*coached)
    moments = _moments(session, ReviewMoment.cycle_id.in_(cycles), Clip.is_open_to_coach, SHOWN) if rows else {}
    return {
        "reviews_as_coach": [
            {"cycle_id": one.cycle_id, **_described(one, moments.get(one.cycle_id, []), names_of(pair))}
            for one, pair in rows
        ]
    }


def _moments(session: Session, *which: SQLColumnExpression[bool]) -> dict[uuid.UUID, list[ReviewMoment]]:
    """What was done with moments that the asker may see, by cycle, each in the pair's order: one statement."""
    rows = session.scalars(
        select(ReviewMoment)
        .join(Tag, Tag.id == ReviewMoment.tag_id)
        .join(Clip, Clip.id == Tag.clip_id)
        .where(*which)
        .order_by(ReviewMoment.cycle_id, *AGREED_ORDER)
        .limit(MOMENTS)
    )
    return {cycle_id: list(moments) for cycle_id, moments in groupby(rows, key=lambda moment: moment.cycle_id)}


def _described(review: Review, moments: Iterable[ReviewMoment], names: Names) -> dict[str, Any]:
    return {
        "moments": [_moment(moment, names) for moment in moments],
        "celebrate": review.celebrate,
        "improve": review.improve,
        "outcome": review.outcome,
        "next_actions": [_action(action, names) for action in review.actions],
        "agreed": [{"by": names.get(agreed.person_id), "at": agreed.confirmed_at} for agreed in review.confirmations],
        "changed_at": review.changed_at,
    }


def _moment(moment: ReviewMoment, names: Names) -> dict[str, Any]:
    return {
        "moment_id": moment.tag_id,
        "place": moment.position,
        "starred_by": _name(names, moment.starred_by_id),
        "left_out_by": _name(names, moment.left_out_by_id),
        "talked_at": moment.talked_at,
        "taken": moment.taken,
        "taken_by": _name(names, moment.taken_by_id),
        "taken_at": moment.taken_at,
    }


def _action(action: NextAction, names: Names) -> dict[str, Any]:
    return {
        "what": action.what,
        "owner": names.get(action.owner_id),
        "due_on": action.due_on,
        "done_at": action.done_at,
        "done_by": _name(names, action.done_by_id),
    }


def _name(names: Names, person_id: uuid.UUID | None) -> str | None:
    return names.get(person_id) if person_id else None
