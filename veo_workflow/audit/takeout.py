"""What this room puts into the archive of a person: their own entries in the log."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.audit.models import AuditEntry

SHEETS = {"own_entries": ("at", "action", "about", "about_id")}


def of_person(session: Session, person_id: uuid.UUID) -> dict[str, Any]:
    """One statement."""
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.person_id == person_id).order_by(AuditEntry.at, AuditEntry.id)
    )
    return {
        "own_entries": [
            {"at": row.at, "action": row.action, "about": row.subject_kind, "about_id": row.subject_id}
            for row in entries
        ]
    }
