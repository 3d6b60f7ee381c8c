"""What this room puts into takeouts: what the pair wrote down and agreed."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from veo_workflow.access.policy import Thing, Verb, allows
from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.cycles.takeout import names_of
from veo_workflow.people.models import Pair, Person
from veo_workflow.reviews.models import Review


def taken_out(session: Session, person: Person, seen: CycleSeen) -> dict[str, Any]:
    """The review, or None where nobody has begun one: three statements."""
    if not allows(seen.relations, Verb.SEE, Thing.REVIEW, seen.state):
        return {"review": None}
    review = session.get(Review, seen.cycle.id)
    if review is None:
        return {"review": None}
    return {"review": _described(review, names_of(seen.pair))}


def of_person(session: Session, person: Person) -> dict[str, Any]:
    """The reviews of the cycles the person coaches at present; those in which they were coached are in the cycles.

    Three statements.
    """
    rows = session.execute(
        select(Review, Pair)
        .join(Cycle, Cycle.id == Review.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .options(joinedload(Pair.coach), joinedload(Pair.coachee))
        .where(Pair.coach_id == person.id, Pair.ended_at.is_(None))
        .order_by(Cycle.opened_at, Cycle.id)
    )
    return {
        "reviews_as_coach": [
            {"cycle_id": review.cycle_id, **_described(review, names_of(pair))} for review, pair in rows
        ]
    }


def _described(review: Review, names: dict[uuid.UUID, str]) -> dict[str, Any]:
    return {
        "celebrate": review.celebrate,
        "improve": review.improve,
        "outcome": review.outcome,
        "next_actions": [
            {"what": action.what, "owner": names.get(action.owner_id), "due_on": action.due_on}
            for action in review.actions
        ],
        "agreed": [{"by": names.get(agreed.person_id), "at": agreed.confirmed_at} for agreed in review.confirmations],
        "changed_at": review.changed_at,
    }
