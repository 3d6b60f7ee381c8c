"""The room and what is said in it as JSON: ids and numbers, no word of anybody's."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from veo_workflow.errors import InvalidInput
from veo_workflow.reviews.room.rules import Deed, Message, Place, Room, Seat

LONGEST_MS = 24 * 3600 * 1000
SLOWEST, FASTEST = 0.1, 4.0
COUNTS = 1_000_000_000


def read(sent: Mapping[str, Any], person: uuid.UUID) -> Message:
    """What `person`'s screen has sent. Raises InvalidInput."""
    try:
        return Message(
            deed=Deed(sent["deed"]),
            seat=_id(sent["seat"]),
            person=str(person),
            term=_number(sent.get("term", 0), COUNTS),
            gate=_number(sent.get("gate", 0), COUNTS),
            round_trip=min(_number(sent.get("round_trip", 0), COUNTS), 10_000),
            place=_place(sent["place"]) if sent.get("place") is not None else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InvalidInput("The room could not read that. Reload the page and join again.") from None


def _place(sent: Mapping[str, Any]) -> Place:
    speed = float(sent.get("speed", 1))
    if not SLOWEST <= speed <= FASTEST:
        raise ValueError(speed)
    return Place(
        moment=_id(sent["moment"]),
        clip=_id(sent["clip"]),
        at=_number(sent["at"], LONGEST_MS),
        until=None if sent.get("until") is None else _number(sent["until"], LONGEST_MS),
        playing=sent["playing"] is True,
        speed=speed,
        loop=sent.get("loop") is True,
    )


def _id(value: Any) -> str:
    return str(uuid.UUID(value))


def _number(value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(value)
    return round(value)


def to_json(room: Room) -> dict[str, Any]:
    return asdict(room)


def from_json(kept: Mapping[str, Any]) -> Room:
    seats = {name: Seat(**seat) for name, seat in kept["seats"].items()}
    place = Place(**kept["place"]) if kept["place"] else None
    return Room(**{**kept, "seats": seats, "place": place})
