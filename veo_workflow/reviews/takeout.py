"""What this room puts into the takeout of a cycle: what the pair wrote down and agreed."""

from typing import Any

from sqlalchemy.orm import Session

from veo_workflow.access.policy import Thing, Verb, allows
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.cycles.takeout import names_of
from veo_workflow.people.models import Person
from veo_workflow.reviews.models import Review


def taken_out(session: Session, person: Person, seen: CycleSeen) -> dict[str, Any]:
    """The review, or None where nobody has begun one: three statements."""
    if not allows(seen.relations, Verb.SEE, Thing.REVIEW, seen.state):
        return {"review": None}
    review = session.get(Review, seen.cycle.id)
    if review is None:
        return {"review": None}
    names = names_of(seen.pair)
    return {
        "review": {
            "celebrate": review.celebrate,
            "improve": review.improve,
            "outcome": review.outcome,
            "next_actions": [
                {"what": action.what, "owner": names.get(action.owner_id), "due_on": action.due_on}
                for action in review.actions
            ],
            "agreed": [
                {"by": names.get(agreed.person_id), "at": agreed.confirmed_at} for agreed in review.confirmations
            ],
            "changed_at": review.changed_at,
        }
    }
