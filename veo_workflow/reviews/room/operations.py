"""Saying something in the room. Redis is where it stands, so that several web processes hold one room together."""

import uuid
from typing import Any

from redis import RedisError

from veo_workflow.errors import Unavailable
from veo_workflow.events import Changed, Events, Told
from veo_workflow.reviews.room import messages, rules

ROOM_SECONDS = 15 * 60  # after the last word, which a screen says every ten seconds


def topic(cycle_id: uuid.UUID) -> str:
    return f"room:{cycle_id}"


def say(events: Events, cycle_id: uuid.UUID, said: rules.Message) -> Told:
    """The room once this has been heard, and when that was. Whoever listens is told, if there is anything to see.

    Raises InvalidInput, Conflict, or Unavailable while Redis does not answer.
    """

    def heard(kept: dict[str, Any] | None, at: int) -> Changed:
        before = messages.from_json(kept) if kept else None
        room = rules.after(before, said, at)
        return Changed(messages.to_json(room), is_news=before is None or room.seq != before.seq)

    try:
        return events.change(topic(cycle_id), heard, keep_seconds=ROOM_SECONDS)
    except RedisError:
        raise Unavailable("The room does not answer for the moment. Play on here; it is tried again.") from None
