from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip
from veo_workflow.cycles.models import Cycle
from veo_workflow.people.models import Person

TAKEN_OUT = "moments_taken_out"


def note_clip(session: Session, clip: Clip, *, by: Person) -> None:
    """Write down that somebody takes out what is marked on a clip; its owner reads it there."""
    record(session, TAKEN_OUT, by=by.id, school=by.school_id, subject=("clip", clip.id))


def note_review(session: Session, cycle: Cycle, *, by: Person) -> None:
    record(session, TAKEN_OUT, by=by.id, school=by.school_id, subject=("cycle", cycle.id))
