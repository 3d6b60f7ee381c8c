"""Writing, changing and removing evidence and its files."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.cycles.attachments import operations as attachments
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.attachments.operations import InUse, Stored
from veo_workflow.cycles.evidence import rules
from veo_workflow.cycles.evidence.models import Evidence
from veo_workflow.cycles.evidence.queries import PieceSeen, count_pieces
from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.operations import one_at_a_time
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput, NotAllowed
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Person
from veo_workflow.schools.queries import before_today, kept_until

AT_ONCE = 50


def add(session: Session, cycle: Cycle, words: rules.EvidenceWords, *, by: Person) -> Evidence:
    """Raises InvalidInput where the cycle holds enough."""
    one_at_a_time(session, cycle)
    if count_pieces(session, cycle.id) >= rules.MOST_PIECES:
        raise InvalidInput(f"This cycle holds {rules.MOST_PIECES} pieces of evidence. Remove one you no longer need.")
    evidence = Evidence(
        school_id=cycle.school_id,
        cycle_id=cycle.id,
        stage=cycle.stage,
        delete_by=kept_until(session, cycle.school_id, now()),
        written_by_id=by.id,
        changed_by_id=by.id,
    )
    _fill(evidence, words)
    session.add(evidence)
    session.flush()
    tell(session, [cycle.pair.coach_id, cycle.pair.coachee_id], NoticeKind.EVIDENCE_ADDED, cycle.id, by=by.id)
    _note(session, "evidence_added", evidence, by.id)
    return evidence


def _fill(evidence: Evidence, words: rules.EvidenceWords) -> None:
    evidence.kind, evidence.gathered_by_id = words.kind, words.gathered_by_id
    evidence.seen_on, evidence.seen, evidence.figures = words.seen_on, words.seen, words.figures


def change(session: Session, evidence: Evidence, words: rules.EvidenceWords, *, after: int, by: Person) -> None:
    """Raises Conflict, after which `evidence` holds what the other one wrote meanwhile."""
    session.refresh(evidence, with_for_update=True)
    if evidence.version != after:
        raise Conflict(
            "The other person changed this while you were writing. Both texts are below.", code="evidence_changed"
        )
    _fill(evidence, words)
    evidence.version, evidence.changed_at, evidence.changed_by_id = after + 1, now(), by.id
    _note(session, "evidence_changed", evidence, by.id)


def may_remove(found: PieceSeen, person: Person, added_by: uuid.UUID) -> bool:
    """The coachee removes anything of their own cycle; the coach what they added themselves."""
    return found.seen.is_coachee or added_by == person.id


def remove(session: Session, found: PieceSeen, forget: Callable[[Sequence[str]], object], *, by: Person) -> None:
    """A piece and its files are gone with this commit; `forget` is then told the keys of the objects.

    Raises NotAllowed for what the other one added.
    """
    if not may_remove(found, by, found.evidence.written_by_id):
        raise NotAllowed("Your coachee removes this: it is theirs.")
    _note(session, "evidence_removed", found.evidence, by.id)
    erase(session, [found.evidence.id])
    forget([file.key for file in found.piece.files])


def attach(session: Session, found: PieceSeen, stored: Stored, *, in_use: InUse, by: Person) -> Attachment:
    """The row of a file whose object is stored already. Raises InvalidInput."""
    if len(found.piece.files) >= rules.MOST_FILES:
        raise InvalidInput(f"A piece of evidence holds {rules.MOST_FILES} files. Remove one, or add another piece.")
    return attachments.attach(session, stored, in_use=in_use, by=by)


def detach(
    session: Session, found: PieceSeen, file: Attachment, forget: Callable[[Sequence[str]], object], *, by: Person
) -> None:
    """Raises NotAllowed for what the other one added."""
    if not may_remove(found, by, file.owner_id):
        raise NotAllowed("Your coachee removes this: it is theirs.")
    record(session, "attachment_removed", by=by.id, school=by.school_id, subject=("attachment", file.id))
    session.execute(delete(Attachment).where(Attachment.id == file.id))
    forget([file.key])


def expire(session: Session, at: datetime) -> int:
    """Pieces whose day has come go with this commit, words and files; upkeep sweeps the objects. Returns how many."""
    is_past = before_today(session, Evidence.delete_by, Evidence.school_id, at)
    due = session.scalars(select(Evidence).where(is_past).limit(AT_ONCE)).all()
    for evidence in due:
        _note(session, "evidence_expired", evidence, None)
    erase(session, [evidence.id for evidence in due])
    return len(due)


def erase(session: Session, ids: Sequence[uuid.UUID]) -> int:
    """Pieces and the rows of their files go with this commit; returns how many pieces there were."""
    session.flush()
    session.execute(delete(Attachment).where(Attachment.evidence_id.in_(ids)))
    return len(session.scalars(delete(Evidence).where(Evidence.id.in_(ids)).returning(Evidence.id)).all())


def _note(session: Session, action: str, evidence: Evidence, by: uuid.UUID | None) -> None:
    record(session, action, by=by, school=evidence.school_id, subject=("evidence", evidence.id))
