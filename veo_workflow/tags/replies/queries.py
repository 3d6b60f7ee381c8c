import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from veo_workflow.people.models import Person
from veo_workflow.tags.models import Reply, Tag

REPLIES_AT_ONCE = 5000


@dataclass(frozen=True)
class Said:
    """A reply, and the name of who wrote it."""

    reply: Reply
    author: str


def replies_to(session: Session, of: ColumnElement[bool]) -> defaultdict[uuid.UUID, list[Said]]:
    """The replies to those shared tags that `of` chooses, by tag, oldest first: one statement.

    A draft has none.  Whoever asks has chosen tags that the asker may see.
    """
    rows = session.execute(
        select(Reply, Person.name)
        .join(Tag, Tag.id == Reply.tag_id)
        .join(Person, Person.id == Reply.author_id)
        .where(of, Tag.shared_at.is_not(None))
        .order_by(Reply.written_at, Reply.id)
        .limit(REPLIES_AT_ONCE)
    )
    found: defaultdict[uuid.UUID, list[Said]] = defaultdict(list)
    for reply, name in rows:
        found[reply.tag_id].append(Said(reply, name))
    return found


def reply_json(reply: Reply, author: str) -> dict[str, Any]:
    return {
        "id": str(reply.id),
        "author": {"id": str(reply.author_id), "name": author.split()[0]},
        "text": reply.text,
    }
