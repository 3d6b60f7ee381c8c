"""What this room puts into the archive of a person: what they were told of, and whether they want letters."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.notices.models import Notice
from veo_workflow.notices.queries import mail_choice


def of_person(session: Session, person_id: uuid.UUID) -> dict[str, Any]:
    """Two statements."""
    notices = session.scalars(
        select(Notice).where(Notice.person_id == person_id).order_by(Notice.happened_at, Notice.id)
    )
    return {
        "notices": [
            {"kind": row.kind, "about": row.subject_id, "happened_at": row.happened_at, "read_at": row.read_at}
            for row in notices
        ],
        "letters": mail_choice(session, person_id),
    }
