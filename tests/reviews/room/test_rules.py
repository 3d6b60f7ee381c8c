"""The room as a machine of plain values: who sits in it, who leads, and what opens a gate."""

import uuid
from typing import Any

import pytest

from veo_workflow.access.policy import State
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.reviews.room.messages import from_json, read, to_json
from veo_workflow.reviews.room.rules import (
    AWAY_MS,
    CALL_MS,
    SEATS,
    WAIT_MS,
    Deed,
    Message,
    Place,
    Room,
    after,
    answers,
    calls,
    why_closed,
)

ASHA, PRIYA = "asha", "priya"
IPAD, LAPTOP = "ipad", "laptop"
PLACE = Place("moment", "clip", at=1517, until=5517, playing=True, speed=1.0, loop=False)
RESTING = Place("moment", "clip", at=1517, until=None, playing=False, speed=1.0, loop=False)
HERE = {"deed": "here", "seat": str(uuid.uuid4())}


def asha(deed: Deed, **more: Any) -> Message:
    return Message(deed, IPAD, ASHA, **more)


def priya(deed: Deed, **more: Any) -> Message:
    return Message(deed, LAPTOP, PRIYA, **more)


def told(room: Room | None, *messages: Message, at: int = 1000) -> Room:
    for message in messages:
        room = after(room, message, at)
    assert room is not None
    return room


@pytest.fixture
def both() -> Room:
    """Asha came first and leads; Priya follows."""
    return told(None, asha(Deed.HERE), priya(Deed.HERE))


def test_who_comes_first_leads_and_who_comes_next_follows(both: Room) -> None:
    assert (both.leader, list(both.seats)) == (IPAD, [IPAD, LAPTOP])
    assert all(seat.follows for seat in both.seats.values())


def test_whoever_comes_and_finds_nobody_calls_the_other_one_and_not_again_for_a_quarter_of_an_hour() -> None:
    alone = told(None, asha(Deed.HERE), at=1000)
    assert calls(None, alone, ASHA)
    assert not answers(None, alone, ASHA)
    stays = told(alone, asha(Deed.HERE), at=2000)
    assert not calls(alone, stays, ASHA), "one call each time somebody waits"
    left = told(stays, asha(Deed.LEAVE), at=3000)
    soon = told(left, asha(Deed.HERE), at=1000 + CALL_MS - 1)
    assert not calls(left, soon, ASHA)
    late = told(left, asha(Deed.HERE), at=1000 + CALL_MS)
    assert calls(left, late, ASHA)
    met = told(late, priya(Deed.HERE), at=1001 + CALL_MS)
    assert answers(late, met, PRIYA)
    assert not calls(late, met, PRIYA), "somebody is here"
    assert not answers(met, told(met, priya(Deed.HERE)), PRIYA)


def test_a_beat_that_shows_nothing_new_is_no_news(both: Room) -> None:
    later = told(both, asha(Deed.HERE, round_trip=40), at=2000)
    assert later.seq == both.seq
    assert (later.seats[IPAD].seen, later.seats[IPAD].round_trip) == (2000, 40)


def test_every_change_that_others_see_counts_one_up(both: Room) -> None:
    assert told(both, priya(Deed.EXPLORE)).seq == both.seq + 1
    assert told(both, priya(Deed.LEAVE)).seq == both.seq + 1


def test_taking_over_is_seen_by_both_and_the_second_of_two_is_refused(both: Room) -> None:
    taken = told(both, priya(Deed.LEAD, term=both.term))
    assert (taken.leader, taken.term) == (LAPTOP, both.term + 1)
    back = told(taken, asha(Deed.LEAD, term=taken.term))
    with pytest.raises(Conflict, match="just before you"):
        told(back, priya(Deed.LEAD, term=taken.term))


def test_only_the_present_leader_moves_the_picture(both: Room) -> None:
    with pytest.raises(Conflict, match="leads now"):
        told(both, priya(Deed.MOVE, term=both.term, place=PLACE))
    taken = told(both, priya(Deed.LEAD, term=both.term))
    with pytest.raises(Conflict):
        told(taken, asha(Deed.MOVE, term=both.term, place=PLACE))
    assert told(taken, priya(Deed.MOVE, term=taken.term, place=PLACE)).place == PLACE


def test_a_gate_opens_for_all_at_one_moment_once_both_are_ready(both: Room) -> None:
    moved = told(both, asha(Deed.MOVE, term=0, place=PLACE))
    assert moved.since is None
    half = told(moved, asha(Deed.READY, gate=moved.gate), at=1100)
    assert half.since is None
    opened = told(half, priya(Deed.READY, gate=moved.gate), at=1200)
    assert opened.since == 1200 + 250


def test_ready_for_an_earlier_gate_opens_no_later_one(both: Room) -> None:
    moved = told(both, asha(Deed.MOVE, term=0, place=PLACE), asha(Deed.MOVE, term=0, place=PLACE))
    assert told(moved, asha(Deed.READY, gate=2), priya(Deed.READY, gate=1)).since is None
    assert told(moved, asha(Deed.READY, gate=2), priya(Deed.READY, gate=99)).seats[LAPTOP].ready == 2


def test_a_gate_gives_the_slowest_line_time_to_hear_of_it(both: Room) -> None:
    moved = told(both, asha(Deed.MOVE, term=0, place=PLACE), asha(Deed.READY, gate=1))
    assert told(moved, priya(Deed.READY, gate=1, round_trip=240), at=2000).since == 2000 + 250 + 360
    assert told(moved, priya(Deed.READY, gate=1, round_trip=9000), at=2000).since == 2000 + 1500


def test_a_gate_waits_neither_for_who_explores_nor_for_ever(both: Room) -> None:
    alone = told(both, priya(Deed.EXPLORE), asha(Deed.MOVE, term=0, place=PLACE), asha(Deed.READY, gate=1))
    assert alone.since is not None
    waiting = told(both, asha(Deed.MOVE, term=0, place=PLACE), asha(Deed.READY, gate=1))
    assert told(waiting, asha(Deed.HERE), at=1000 + WAIT_MS - 1).since is None
    assert told(waiting, asha(Deed.HERE), at=1000 + WAIT_MS).since is not None


def test_a_place_at_rest_needs_no_gate(both: Room) -> None:
    assert told(both, asha(Deed.MOVE, term=0, place=RESTING)).since == 1000


def test_who_goes_quiet_is_no_longer_there_and_the_other_leads(both: Room) -> None:
    still = told(both, priya(Deed.HERE), at=1000 + AWAY_MS)
    assert still.leader == IPAD
    gone = told(both, priya(Deed.HERE), at=1000 + AWAY_MS + 1)
    assert (list(gone.seats), gone.leader, gone.term) == ([LAPTOP], LAPTOP, both.term + 1)


def test_who_leads_next_follows_no_longer_their_own_way(both: Room) -> None:
    led = told(both, priya(Deed.EXPLORE), asha(Deed.LEAVE))
    assert (led.leader, led.seats[LAPTOP].follows) == (LAPTOP, True)


def test_a_room_that_everybody_has_left_rests(both: Room) -> None:
    empty = told(both, asha(Deed.MOVE, term=0, place=PLACE), asha(Deed.LEAVE), priya(Deed.LEAVE))
    assert empty.leader is None
    assert empty.place is not None
    assert not empty.place.playing


def test_the_leader_cannot_explore_and_everybody_can_follow_again(both: Room) -> None:
    assert told(both, asha(Deed.EXPLORE)).seats[IPAD].follows
    assert told(both, priya(Deed.EXPLORE), priya(Deed.FOLLOW)).seats[LAPTOP].follows


def test_a_room_has_six_seats_and_each_is_its_own_persons(both: Room) -> None:
    full = told(None, *(Message(Deed.HERE, f"screen {n}", ASHA) for n in range(SEATS)))
    with pytest.raises(InvalidInput, match="six screens"):
        told(full, priya(Deed.HERE))
    with pytest.raises(InvalidInput, match="somebody else"):
        told(both, Message(Deed.LEAVE, IPAD, PRIYA))


def test_a_room_is_the_same_after_it_was_kept(both: Room) -> None:
    moved = told(both, asha(Deed.MOVE, term=0, place=PLACE))
    assert from_json(to_json(moved)) == moved


def test_a_message_is_ids_and_numbers_and_nothing_else() -> None:
    ids = {"moment": str(uuid.uuid4()), "clip": str(uuid.uuid4())}
    place = {**ids, "at": 1517, "until": None, "playing": True, "speed": 1, "loop": False, "note": "A word."}
    said = read({**HERE, "deed": "move", "term": 3, "place": place}, uuid.uuid4())
    assert said.place == Place(**ids, at=1517, until=None, playing=True, speed=1.0, loop=False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"deed": "shout"},
        {"seat": "words"},
        {"seat": 7},
        {"term": -1},
        {"gate": "1"},
        {"gate": True},
        {"round_trip": float("nan")},
        {"place": "here"},
        {"place": {"moment": "words", "clip": "words", "at": 0, "playing": True}},
        {"place": {"moment": str(uuid.uuid4()), "clip": str(uuid.uuid4()), "at": 1e12, "playing": True}},
        {"place": {"moment": str(uuid.uuid4()), "clip": str(uuid.uuid4()), "at": 1, "playing": True, "speed": 99}},
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="Reload the page"):
        read({**HERE, **wrong}, uuid.uuid4())


def test_why_a_room_is_closed_is_said_plainly() -> None:
    assert "pair has ended" in why_closed(State.ENDED)
    assert "have agreed" in why_closed(State.CLOSED)
