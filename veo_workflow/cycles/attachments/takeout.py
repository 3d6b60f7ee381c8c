"""Photos and PDFs in the archive of a person: those of the cycles in which they were coached.

What the coach added is among them; the coach's own archive has none of it, since it shows somebody else's lessons.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.models import Cycle
from veo_workflow.people.models import Pair, Person

File = tuple[uuid.UUID, str, int, datetime, str]


def files_where_coached(session: Session, person: Person, holders: Any, holder_id: Any) -> list[File]:
    """(attachment, key, bytes, when it was added, what it is called): one statement.

    `holders` are the rows that files belong to by `holder_id`, and that belong to a cycle.
    """
    rows = session.execute(
        select(Attachment.id, Attachment.key, Attachment.size_bytes, Attachment.added_at, Attachment.name)
        .join(holders, holders.id == holder_id)
        .join(Cycle, Cycle.id == holders.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .where(Pair.coachee_id == person.id)
        .order_by(Attachment.added_at, Attachment.id)
    )
    return [(file, key, size, added_at, name) for file, key, size, added_at, name in rows]
