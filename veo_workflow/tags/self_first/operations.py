from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.errors import Conflict
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Pair, Person
from veo_workflow.tags.models import FinishedTagging, Tag
from veo_workflow.tags.self_first.queries import turn_of


def choose(session: Session, cycle: Cycle, *, on: bool, by: Person) -> None:
    """Turn self first on or off for the cycle's pair. What is shared stays shared, what is a draft stays a draft."""
    pair = session.get_one(Pair, cycle.pair_id, with_for_update=True, populate_existing=True)
    if pair.self_first == on:
        return
    pair.self_first = on
    tell(session, [pair.other(by.id).id], NoticeKind.SELF_FIRST_CHANGED, cycle.id, by=by.id)
    action = "self_first_turned_on" if on else "self_first_turned_off"
    record(session, action, by=by.id, school=pair.school_id, subject=("pair", pair.id))


def finish(session: Session, clip: Clip, pair: Pair, *, by: Person) -> None:
    """The person has finished their own tags; the second one to finish reveals both sets. Raises Conflict.

    Whoever finishes twice has finished.  The clip's row is locked: of two who finish at once one comes second.
    """
    session.refresh(clip, with_for_update=True)
    turn = turn_of(session, pair, clip.id, by.id)
    if turn.finished:
        return
    if not turn.self_first:
        raise Conflict("Self first has been turned off meanwhile. Share your drafts when you like.", code="not_held")
    session.add(FinishedTagging(clip_id=clip.id, person_id=by.id))
    record(session, "tagging_finished", by=by.id, school=clip.school_id, subject=("clip", clip.id))
    if turn.other_finished:
        _reveal(session, clip)
    kind = NoticeKind.MOMENTS_REVEALED if turn.other_finished else NoticeKind.TAGGING_FINISHED
    tell(session, [pair.other(by.id).id], kind, clip.id, by=by.id)


def go_on(session: Session, clip: Clip, pair: Pair, *, by: Person) -> None:
    """The person has not finished after all. Raises Conflict once both sets are revealed."""
    session.refresh(clip, with_for_update=True)
    if turn_of(session, pair, clip.id, by.id).revealed:
        raise Conflict("Both sets have been revealed meanwhile. What you mark from now on is a draft again.")
    mine = (FinishedTagging.clip_id == clip.id, FinishedTagging.person_id == by.id)
    session.execute(delete(FinishedTagging).where(*mine))


def _reveal(session: Session, clip: Clip) -> None:
    """Everybody's drafts at one moment: only the pair marks a clip, and both have agreed by finishing."""
    session.execute(update(Tag).where(Tag.clip_id == clip.id, Tag.shared_at.is_(None)).values(shared_at=now()))
