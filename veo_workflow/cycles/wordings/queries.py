import dataclasses
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.cycles.models import GoalRevision
from veo_workflow.cycles.rules import GoalWords
from veo_workflow.errors import NotFound


def two_wordings(session: Session, cycle_id: uuid.UUID, old: int, new: int) -> tuple[GoalRevision, GoalRevision]:
    """Two revisions of a cycle's goal: one statement. Raises NotFound where one of them is not there."""
    asked = select(GoalRevision).where(GoalRevision.cycle_id == cycle_id, GoalRevision.revision.in_((old, new)))
    found = {goal.revision: goal for goal in session.scalars(asked)}
    if old not in found or new not in found:
        raise NotFound()
    return found[old], found[new]


def words_of(goal: GoalRevision) -> GoalWords:
    return GoalWords(**{field.name: getattr(goal, field.name) for field in dataclasses.fields(GoalWords)})
