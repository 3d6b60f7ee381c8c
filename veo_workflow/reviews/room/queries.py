"""Who may be in the room, asked when somebody speaks in it and again and again while somebody listens."""

import uuid

from sqlalchemy.orm import Session

from veo_workflow.access.policy import Thing, Verb, allows, require
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.errors import NotAllowed
from veo_workflow.people.models import Person
from veo_workflow.reviews.room.rules import why_closed


def admitted(session: Session, person: Person, cycle_id: uuid.UUID) -> CycleSeen:
    """The cycle, if `person` may meet in its review: one statement.

    Raises NotFound, or NotAllowed with the reason for those who may still read the review.
    """
    seen = cycle_for(session, person, cycle_id, Verb.SEE, Thing.REVIEW)
    if not allows(seen.relations, Verb.MEET, Thing.REVIEW, seen.state):
        require(seen.relations, Verb.SEE, Thing.REVIEW, seen.state)
        raise NotAllowed(why_closed(seen.state))
    return seen
