from collections.abc import Iterable

from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip
from veo_workflow.cycles.models import Cycle
from veo_workflow.people.models import Person


def note(session: Session, cycle: Cycle, stills_of: Iterable[Clip], *, by: Person) -> None:
    """Write down that somebody puts a review on paper, and of which clips there are pictures on it."""
    record(session, "review_taken_out", by=by.id, school=by.school_id, subject=("cycle", cycle.id))
    for clip in stills_of:
        record(session, "stills_taken_out", by=by.id, school=by.school_id, subject=("clip", clip.id))
