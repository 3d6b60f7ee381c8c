import uuid
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.rewordings import forget_news
from veo_workflow.cycles.sessions.operations import cancel_all
from veo_workflow.errors import Conflict
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person


def end_pair(session: Session, pair: Pair, *, by: uuid.UUID | None) -> None:
    """The coach loses the footage with this commit, and what the two had planned is cancelled.

    `by` is None on the command line.
    """
    cancel_all(session, pair, by=by)
    forget_news(session, pair, session.scalars(select(Cycle.id).where(Cycle.pair_id == pair.id)).all())
    people.end_pair(session, pair, by=by)


def change_coach(session: Session, pair: Pair, coach: Person, *, starts_on: date, by: uuid.UUID) -> Pair:
    """The coachee goes on with another coach; with the former one everything ends with the same commit.

    Raises InvalidInput, Conflict; then the old pair stands as it was.
    """
    if pair.ended_at is not None:
        raise Conflict("This pair has ended already. Make the new pair on the page of pairs.", code="pair_ended")
    # The new pair comes first: if it cannot be made, nothing has been ended.
    made = people.make_pair(session, coach=coach, coachee=pair.coachee, starts_on=starts_on, ends_on=None, by=by)
    end_pair(session, pair, by=by)
    return made
