"""Saying something in the room. Redis is where it stands, so that several web processes hold one room together."""

import uuid
from dataclasses import dataclass
from typing import Any

from redis import RedisError
from sqlalchemy.orm import Session

from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.errors import Unavailable
from veo_workflow.events import Changed, Events, Told
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import read_about, tell
from veo_workflow.reviews.queries import pair_ids
from veo_workflow.reviews.room import messages, rules

ROOM_SECONDS = 15 * 60  # after the last word, which a screen says every ten seconds


def topic(cycle_id: uuid.UUID) -> str:
    return f"room:{cycle_id}"


@dataclass(frozen=True)
class Heard:
    """The room once somebody has spoken in it, and whether they called the other one by that, or came when called."""

    told: Told
    calls: bool
    answers: bool


def say(events: Events, cycle_id: uuid.UUID, said: rules.Message) -> Heard:
    """The room once this has been heard, and when that was. Whoever listens is told, if there is anything to see.

    Raises InvalidInput, Conflict, or Unavailable while Redis does not answer.
    """

    calls = answers = False

    def heard(kept: dict[str, Any] | None, at: int) -> Changed:
        nonlocal calls, answers
        before = messages.from_json(kept) if kept else None
        room = rules.after(before, said, at)
        calls, answers = rules.calls(before, room, said.person), rules.answers(before, room, said.person)
        return Changed(messages.to_json(room), is_news=before is None or room.seq != before.seq)

    try:
        told = events.change(topic(cycle_id), heard, keep_seconds=ROOM_SECONDS)
    except RedisError:
        raise Unavailable("The room does not answer for the moment. Play on here; it is tried again.") from None
    return Heard(told, calls, answers)


def note(session: Session, seen: CycleSeen, person_id: uuid.UUID, heard: Heard) -> None:
    """The other one of the pair finds a notice of who waits for them, and has read it once they are there too."""
    if heard.calls:
        tell(session, pair_ids(seen.pair), NoticeKind.REVIEW_ROOM_OPEN, seen.cycle.id, by=person_id)
    if heard.answers:
        read_about(session, person_id, NoticeKind.REVIEW_ROOM_OPEN, seen.cycle.id)
