import uuid
from datetime import date

from sqlalchemy.orm import Session

from veo_workflow.errors import Conflict
from veo_workflow.people.models import Pair, Person
from veo_workflow.people.operations import end_pair, make_pair


def change_coach(session: Session, pair: Pair, coach: Person, *, starts_on: date, by: uuid.UUID) -> Pair:
    """The coachee goes on with another coach; the former one loses the footage with the same commit.

    Raises InvalidInput, Conflict; then the old pair stands as it was.
    """
    if pair.ended_at is not None:
        raise Conflict("This pair has ended already. Make the new pair on the page of pairs.", code="pair_ended")
    # The new pair comes first: if it cannot be made, nothing has been ended.
    made = make_pair(session, coach=coach, coachee=pair.coachee, starts_on=starts_on, ends_on=None, by=by)
    end_pair(session, pair, by=by)
    return made
