import uuid
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.cycles.learning.checklist.queries import steps_in_use
from veo_workflow.cycles.learning.models import PracticeEntry, PractisedStep
from veo_workflow.cycles.learning.practice.rules import Words, words_of
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.errors import Conflict, NotFound
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Person


def keep(session: Session, cycle: Cycle, entry_id: uuid.UUID, words: Words, *, after: int, by: Person) -> PracticeEntry:
    """Write an entry, or write it anew over its version `after` (0: there was none).

    Steps no longer in use stay with an entry that had them. The same words sent twice are kept once. Raises NotFound
    for an entry of another cycle, Conflict with what stands now where it was changed or removed meanwhile.
    """
    session.execute(select(Cycle.id).where(Cycle.id == cycle.id).with_for_update())
    entry = session.get(PracticeEntry, entry_id)
    if entry is not None and entry.cycle_id != cycle.id:
        raise NotFound()
    known = steps_in_use(session, cycle.id) | (entry.step_ids if entry else frozenset())
    words = replace(words, steps=words.steps & known)
    if entry is not None and words_of(entry) == words:
        return entry
    if (entry.version if entry else 0) != after:
        raise Conflict(
            "You changed this entry somewhere else while you were writing. Both texts are below."
            if entry
            else "You removed this entry somewhere else while you were writing. Saving writes it anew.",
            code="entry_changed",
            theirs=entry,
        )
    is_new = entry is None
    entry = entry or PracticeEntry(id=entry_id, cycle_id=cycle.id, version=0)
    _fill(entry, words)
    session.add(entry)
    session.flush()
    if is_new:
        tell(session, [cycle.pair.coach_id], NoticeKind.PRACTICE_WRITTEN, cycle.id, by=by.id)
    action = "practice_written" if is_new else "practice_changed"
    record(session, action, by=by.id, school=cycle.school_id, subject=("practice_entry", entry.id))
    return entry


def _fill(entry: PracticeEntry, words: Words) -> None:
    entry.practised_on, entry.class_name = words.practised_on, words.class_name
    entry.went, entry.tweak, entry.clip_id = words.went, words.tweak, words.clip_id
    staying = [step for step in entry.steps if step.step_id in words.steps]
    entry.steps = [*staying, *(PractisedStep(step_id=step) for step in words.steps - entry.step_ids)]
    entry.version, entry.changed_at = entry.version + 1, now()


def remove(session: Session, cycle: Cycle, entry_id: uuid.UUID, *, by: Person) -> None:
    """The entry's words go for good. Raises NotFound."""
    session.execute(select(Cycle.id).where(Cycle.id == cycle.id).with_for_update())
    entry = session.get(PracticeEntry, entry_id)
    if entry is None or entry.cycle_id != cycle.id:
        raise NotFound()
    session.delete(entry)
    record(session, "practice_removed", by=by.id, school=cycle.school_id, subject=("practice_entry", entry_id))
