import uuid

from sqlalchemy.orm import Session

from veo_workflow.audit.models import AuditEntry


def record(
    session: Session,
    action: str,
    *,
    by: uuid.UUID | None,
    school: uuid.UUID | None,
    subject: tuple[str, uuid.UUID | None],
) -> None:
    """Write one entry in the caller's transaction: what happened and the record of it stand or fall together."""
    kind, subject_id = subject
    session.add(AuditEntry(action=action, person_id=by, school_id=school, subject_kind=kind, subject_id=subject_id))
