import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.people.models import Pair
from veo_workflow.tags.models import FinishedTagging
from veo_workflow.tags.self_first.rules import Turn

FREE = Turn(self_first=False, finished=False, other_finished=False)


def turn_of(session: Session, pair: Pair, clip_id: uuid.UUID, person_id: uuid.UUID) -> Turn:
    """How one of the pair stands to a clip: one statement where self first is on, none elsewhere.

    A pair that has ended waits for nobody.
    """
    if not pair.self_first or pair.ended_at is not None:
        return FREE
    rows = select(FinishedTagging.person_id).where(FinishedTagging.clip_id == clip_id)
    finished = set(session.scalars(rows))
    return Turn(self_first=True, finished=person_id in finished, other_finished=pair.other(person_id).id in finished)
