"""The room as a machine of plain values: what a message does to it, at a moment of the one clock, in ms.

Every screen is a seat.  One seat leads: what it does with the picture is the room's place.  A place that plays is
behind a gate: every seat that follows goes there, says that it is ready, and all play at one agreed moment.  No gate
waits longer than `WAIT_MS`, so that a screen which has gone quiet holds nobody up.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from veo_workflow.access.policy import State
from veo_workflow.errors import Conflict, InvalidInput

AWAY_MS = 25_000  # a seat that has said nothing for so long is empty; it says something every ten seconds
WAIT_MS = 2_500  # the longest that a gate waits for a seat
SOONEST_MS, LATEST_MS = 250, 1_500  # from the last "ready" until all play
SEATS = 6
CALL_MS = 15 * 60_000  # whoever waits calls the other one, and not again within so long


class Deed(enum.StrEnum):
    """What a screen can say. Whatever it is, it also says that somebody is there."""

    HERE = "here"
    LEAD = "lead"
    MOVE = "move"
    READY = "ready"
    FOLLOW = "follow"
    EXPLORE = "explore"
    LEAVE = "leave"


@dataclass(frozen=True)
class Place:
    """Where the picture is: `at` and `until` in ms on the clip, each the middle of a frame; `until` ends the span."""

    moment: str
    clip: str
    at: int
    until: int | None
    playing: bool
    speed: float
    loop: bool


@dataclass(frozen=True)
class Seat:
    """One screen: `ready` is the gate it has reached last, `round_trip` how long its messages take there and back."""

    person: str
    seen: int
    follows: bool = True
    ready: int = 0
    round_trip: int = 0


@dataclass(frozen=True)
class Room:
    """`born` and `seq` order what is told: a room that was forgotten begins again, and is the younger one.

    `term` counts who has led, `gate` the places; `since` is the moment at which the place holds, None while its gate
    is closed, and `shut_until` the moment at which it opens by itself.  `called` is when who has last called the other.
    """

    born: int
    seq: int = 0
    term: int = 0
    leader: str | None = None
    seats: Mapping[str, Seat] = field(default_factory=dict)
    place: Place | None = None
    gate: int = 0
    since: int | None = None
    shut_until: int = 0
    called: Mapping[str, int] = field(default_factory=dict)

    @property
    def people(self) -> set[str]:
        return {seat.person for seat in self.seats.values()}


@dataclass(frozen=True)
class Message:
    """What a seat says; `term` is the lead that it knows of, `gate` the one it has reached."""

    deed: Deed
    seat: str
    person: str
    term: int = 0
    gate: int = 0
    round_trip: int = 0
    place: Place | None = None


def after(room: Room | None, said: Message, at: int) -> Room:
    """The room once `said` has been heard at the moment `at`. `seq` grows only if others have something to see.

    Raises InvalidInput, or Conflict where somebody else leads.
    """
    before = room or Room(born=at)
    swept = _swept(before, at)
    heard = DEEDS[said.deed](_seated(swept, said, at), said, at)
    opened = _opened(_calling(swept, heard, at), at)
    return opened if _visible(opened) == _visible(before) else replace(opened, seq=before.seq + 1)


def _swept(room: Room, at: int) -> Room:
    """Without the seats that have gone quiet. A room that nobody sits in does not play on."""
    seats = {name: seat for name, seat in room.seats.items() if at - seat.seen <= AWAY_MS}
    return room if len(seats) == len(room.seats) else _led_on(replace(room, seats=seats))


def _seated(room: Room, said: Message, at: int) -> Room:
    known = room.seats.get(said.seat)
    if known is None and len(room.seats) >= SEATS:
        raise InvalidInput("This room is open on six screens already. Leave it on one of them first.", code="room_full")
    if known is not None and known.person != said.person:
        raise InvalidInput("This screen was somebody else’s a moment ago. Reload the page and join again.")
    seat = replace(known or Seat(said.person, at), seen=at, round_trip=said.round_trip)
    return replace(room, seats={**room.seats, said.seat: seat}, leader=room.leader or said.seat)


def _here(room: Room, said: Message, at: int) -> Room:
    return room


def _lead(room: Room, said: Message, at: int) -> Room:
    """Take over, from the leader one knows of: of two who do it at once the second is told of the first."""
    if room.leader == said.seat:
        return room
    if room.term != said.term:
        raise Conflict("Somebody else took over just before you. Look who leads now.", code="led_meanwhile")
    return _with_seat(replace(room, leader=said.seat, term=room.term + 1), said.seat, follows=True)


def _move(room: Room, said: Message, at: int) -> Room:
    if room.leader != said.seat or room.term != said.term:
        raise Conflict("Somebody else leads now. Take over first, or look around on your own.", code="not_leading")
    if said.place is None:
        raise InvalidInput("The message did not say where the picture is. Reload the page and join again.")
    since = None if said.place.playing else at
    return replace(room, place=said.place, gate=room.gate + 1, since=since, shut_until=at + WAIT_MS)


def _ready(room: Room, said: Message, at: int) -> Room:
    return _with_seat(room, said.seat, ready=min(said.gate, room.gate))


def _follow(room: Room, said: Message, at: int) -> Room:
    return _with_seat(room, said.seat, follows=True)


def _explore(room: Room, said: Message, at: int) -> Room:
    """The leader is who is followed, and stays."""
    return room if room.leader == said.seat else _with_seat(room, said.seat, follows=False)


def _leave(room: Room, said: Message, at: int) -> Room:
    return _led_on(replace(room, seats={name: seat for name, seat in room.seats.items() if name != said.seat}))


DEEDS: dict[Deed, Callable[[Room, Message, int], Room]] = {
    Deed.HERE: _here,
    Deed.LEAD: _lead,
    Deed.MOVE: _move,
    Deed.READY: _ready,
    Deed.FOLLOW: _follow,
    Deed.EXPLORE: _explore,
    Deed.LEAVE: _leave,
}


def _calling(before: Room, room: Room, at: int) -> Room:
    """Whoever comes and finds nobody calls the other one."""
    (alone,) = room.people if len(room.people) == 1 else (None,)
    if alone is None or alone in before.people or at - room.called.get(alone, -CALL_MS) < CALL_MS:
        return room
    return replace(room, called={**room.called, alone: at})


def _with_seat(room: Room, name: str, **changes: Any) -> Room:
    return replace(room, seats={**room.seats, name: replace(room.seats[name], **changes)})


def _led_on(room: Room) -> Room:
    """Where the leader has gone, whoever has been there longest leads; where everybody has, the picture rests."""
    if room.leader in room.seats:
        return room
    if not room.seats:
        rests = replace(room.place, playing=False) if room.place else None
        return replace(room, leader=None, term=room.term + 1, place=rests, gate=room.gate + 1)
    following = [name for name, seat in room.seats.items() if seat.follows]
    heir = (following or list(room.seats))[0]
    return _with_seat(replace(room, leader=heir, term=room.term + 1), heir, follows=True)


def _opened(room: Room, at: int) -> Room:
    """With the gate open, if everybody who follows has reached it or it has waited long enough."""
    if room.place is None or not room.place.playing or room.since is not None:
        return room
    following = [seat for seat in room.seats.values() if seat.follows]
    if at < room.shut_until and any(seat.ready < room.gate for seat in following):
        return room
    return replace(room, since=at + notice_needed(following))


def calls(before: Room | None, room: Room, person: str) -> bool:
    """Whether `person` has called the other one just now."""
    return room.called.get(person) != (before.called.get(person) if before else None)


def answers(before: Room | None, room: Room, person: str) -> bool:
    """Whether `person` has just come, and the other one had called."""
    came = person in room.people and (before is None or person not in before.people)
    return came and bool(room.called.keys() - {person})


def notice_needed(seats: list[Seat]) -> int:
    """How long before all play they have to be told, in ms: the slowest line there and back, and half of it again."""
    slowest = max((seat.round_trip for seat in seats), default=0)
    return min(LATEST_MS, SOONEST_MS + slowest * 3 // 2)


def _visible(room: Room) -> Room:
    """What others can see of it: not when a seat spoke last, nor how long its line is."""
    seats = {name: replace(seat, seen=0, round_trip=0) for name, seat in room.seats.items()}
    return replace(room, seats=seats)


def why_closed(state: State) -> str:
    """Said to somebody who may read the review, but not meet in it any more."""
    if state is State.ENDED:
        return "This pair has ended, so the room is closed. The review stays yours to read."
    return "Both of you have agreed, so the room is closed. The review stays to be read."
