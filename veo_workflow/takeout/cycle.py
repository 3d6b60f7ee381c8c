"""A cycle as its pair takes it out, in the shape `veo-cycle/1` (veo-cycle-1.schema.json, docs/takeout.md).

Each room puts in its own part and decides itself what the asker may see of it.  No footage and no stills are in it.
"""

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from veo_workflow.clips import takeout as clips
from veo_workflow.cycles import takeout as cycles
from veo_workflow.cycles import takeout_identify as identify
from veo_workflow.cycles.learning import takeout as learning
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.cycles.sessions import takeout as sessions
from veo_workflow.database import now
from veo_workflow.oversight import takeout as oversight
from veo_workflow.people.models import Person
from veo_workflow.reviews import takeout as reviews
from veo_workflow.tags import takeout as tags

FORMAT = "veo-cycle/1"

Part = Callable[[Session, Person, CycleSeen], dict[str, Any]]
PARTS: tuple[Part, ...] = (
    cycles.taken_out,
    identify.taken_out,
    sessions.taken_out,
    learning.taken_out,
    clips.taken_out,
    tags.taken_out,
    reviews.taken_out,
    oversight.taken_out,
)


def cycle_taken_out(session: Session, person: Person, cycle_id: uuid.UUID) -> dict[str, Any]:
    """Everything of a cycle that `person` may see, in a fixed number of statements. Raises NotFound."""
    seen = cycle_for(session, person, cycle_id)
    held: dict[str, Any] = {"format": FORMAT, "taken_out_at": now(), "taken_out_by": person.name}
    for part in PARTS:
        held |= part(session, person, seen)
    return held
