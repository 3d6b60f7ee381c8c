"""What evidence puts into the archive of a person: the photos and PDFs of the cycles in which they were coached.

What the coach added is among them; the coach's own archive has none of it, since it shows somebody else's lessons.
"""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.cycles.evidence.models import Attachment, Evidence
from veo_workflow.cycles.models import Cycle
from veo_workflow.people.models import Pair, Person


def files_of_person(session: Session, person: Person) -> list[tuple[uuid.UUID, str, int, datetime, str]]:
    """(attachment, key, bytes, when it was added, what it is called): one statement."""
    rows = session.execute(
        select(Attachment.id, Attachment.key, Attachment.size_bytes, Attachment.added_at, Attachment.name)
        .join(Evidence, Evidence.id == Attachment.evidence_id)
        .join(Cycle, Cycle.id == Evidence.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .where(Pair.coachee_id == person.id)
        .order_by(Attachment.added_at, Attachment.id)
    )
    return [(file, key, size, added_at, name) for file, key, size, added_at, name in rows]
