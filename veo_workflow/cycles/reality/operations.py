import dataclasses

from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.operations import one_at_a_time
from veo_workflow.cycles.reality.models import RealityPicture
from veo_workflow.cycles.reality.queries import current_picture
from veo_workflow.cycles.reality.rules import RealityWords
from veo_workflow.errors import Conflict
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Person


def write(session: Session, cycle: Cycle, words: RealityWords, *, after: int, by: Person) -> RealityPicture:
    """The coachee's answers, on top of wording `after` (0: there was none).

    Raises Conflict carrying the newer wording where the coachee has saved one on another screen meanwhile.
    """
    one_at_a_time(session, cycle)
    newest = current_picture(session, cycle.id)
    if (newest.revision if newest else 0) != after:
        raise Conflict(
            "You saved your answers on another screen while you were writing. Both texts are below.",
            code="reality_changed",
            theirs=newest,
        )
    picture = RealityPicture(cycle_id=cycle.id, revision=after + 1, written_by_id=by.id, **dataclasses.asdict(words))
    session.add(picture)
    session.flush()
    tell(session, [cycle.pair.coach_id, cycle.pair.coachee_id], NoticeKind.REALITY_WRITTEN, cycle.id, by=by.id)
    record(session, "reality_written", by=by.id, school=cycle.school_id, subject=("cycle", cycle.id))
    return picture
