"""The room on a real Redis: two web processes hold one, nothing said at once is lost, and it closes when it has to."""

import contextlib
import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.support.statements import counted
from tests.support.world import World
from veo_workflow import streams
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.errors import Conflict, Unavailable
from veo_workflow.events import PREFIX, Events
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.reviews.room import operations
from veo_workflow.reviews.room.rules import Deed, Message
from veo_workflow.services import Services

SignIn = Callable[[Person | None], FlaskClient]
pytestmark = pytest.mark.parametrize("database", ["sqlite"])  # its rows are read by queries of other rooms
IPAD, LAPTOP = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))


@pytest.fixture
def processes(services: Services, redis_url: str) -> Iterator[tuple[Events, Events]]:
    """What two web processes hold of the same Redis."""
    other = Events(redis_url)
    yield services.events, other
    other.close()


def address(world: World) -> str:
    return f"/api/cycles/{world.cycle.id}/room"


def said(client: FlaskClient, world: World, deed: str = "here", **more: Any) -> TestResponse:
    return client.post(address(world), json={"deed": deed, "seat": IPAD, **more})


@contextlib.contextmanager
def listening(client: FlaskClient, world: World) -> Iterator[Iterator[str]]:
    """What the room's stream says, message by message, for as long as the block."""
    with contextlib.closing(client.get(f"{address(world)}/stream")) as answer:
        yield (piece.decode() if isinstance(piece, bytes) else piece for piece in answer.response)


def test_two_processes_hold_one_room(processes: tuple[Events, Events]) -> None:
    here, there = processes
    cycle = uuid.uuid4()
    operations.say(here, cycle, Message(Deed.HERE, IPAD, "asha"))
    told = operations.say(there, cycle, Message(Deed.HERE, LAPTOP, "priya")).told
    assert list(told.body["seats"]) == [IPAD, LAPTOP]
    assert here.last([operations.topic(cycle)]) == {operations.topic(cycle): told.body}


def test_of_many_who_take_over_at_once_each_term_has_one_leader(processes: tuple[Events, Events]) -> None:
    cycle = uuid.uuid4()
    operations.say(processes[0], cycle, Message(Deed.HERE, IPAD, "asha"))
    operations.say(processes[1], cycle, Message(Deed.HERE, LAPTOP, "priya"))

    def takes_over(turn: int) -> str:
        seat, person = ((IPAD, "asha"), (LAPTOP, "priya"))[turn % 2]
        events = processes[turn % 2]
        term = operations.say(events, cycle, Message(Deed.HERE, seat, person)).told.body["term"]
        try:
            told = operations.say(events, cycle, Message(Deed.LEAD, seat, person, term=term)).told.body
        except Conflict:
            return ""
        return f"{told['term']} {told['leader']}"

    with ThreadPoolExecutor(8) as threads:
        led = {one for one in threads.map(takes_over, range(24)) if one}
    assert len({one.split()[0] for one in led}) == len(led)


def test_what_is_said_in_one_process_is_heard_in_the_other_in_order(processes: tuple[Events, Events]) -> None:
    here, there = processes
    cycle = uuid.uuid4()
    operations.say(here, cycle, Message(Deed.HERE, IPAD, "asha"))
    operations.say(here, cycle, Message(Deed.HERE, LAPTOP, "priya"))
    with there.subscribe([operations.topic(cycle)]) as stream:
        deeds = [Deed.EXPLORE, Deed.HERE, Deed.FOLLOW, Deed.HERE, Deed.EXPLORE, Deed.FOLLOW]
        for deed in deeds:
            operations.say(here, cycle, Message(deed, LAPTOP, "priya"))
        told = (one for _, one in iter(lambda: stream.get(60), None))
        counts = [next(told)["seq"] for _ in range(4)]
        assert stream.get(0.1) is None
    assert [after - before for before, after in pairwise(counts)] == [1, 1, 1]


def test_a_room_is_forgotten_after_a_while(services: Services) -> None:
    cycle = uuid.uuid4()
    operations.say(services.events, cycle, Message(Deed.HERE, IPAD, "asha"))
    left = services.redis.ttl(PREFIX + operations.topic(cycle))
    assert 0 < left <= operations.ROOM_SECONDS


def test_a_redis_that_is_away_is_said_plainly(services: Services) -> None:
    away = Events(services.settings.redis + ".away")
    with pytest.raises(Unavailable, match="Play on here"):
        operations.say(away, uuid.uuid4(), Message(Deed.HERE, IPAD, "asha"))


def test_both_of_the_pair_meet_and_wait_for_nobody_who_writes(
    services: Services, world: World, client_for: SignIn
) -> None:
    asha, priya = client_for(world.asha), client_for(world.priya)
    said(asha, world)
    with services.database.transaction(), counted(services.database.engine) as asked:
        answer = priya.post(address(world), json={"deed": "here", "seat": LAPTOP}).get_json()
    assert len(asked) <= 5
    assert {seat["person"] for seat in answer["room"]["seats"].values()} == {str(world.asha.id), str(world.priya.id)}
    assert answer["received"] <= answer["answered"]
    assert said(priya, world).status_code == 422  # Asha's seat


def test_who_waits_is_a_notice_of_the_other_ones_until_they_come_too(
    services: Services, world: World, client_for: SignIn
) -> None:
    def noticed() -> list[tuple[uuid.UUID, uuid.UUID, bool]]:
        with services.database.reading() as session:
            waits = select(Notice).where(Notice.kind == NoticeKind.REVIEW_ROOM_OPEN)
            return [(one.person_id, one.subject_id, one.read_at is None) for one in session.scalars(waits)]

    asha, priya = client_for(world.asha), client_for(world.priya)
    for deed in ("here", "here", "leave", "here"):
        said(asha, world, deed).close()
    assert noticed() == [(world.priya.id, world.cycle.id, True)]
    assert "came to the review room to meet you" in priya.get("/notices").get_data(as_text=True)
    priya.post(address(world), json={"deed": "here", "seat": LAPTOP}).close()
    assert noticed() == [(world.priya.id, world.cycle.id, False)]
    close_cycle(services, world)
    said(asha, world, "leave").close()
    said(asha, world).close()
    assert len(noticed()) == 1


def test_a_message_that_cannot_be_read_is_refused(world: World, client_for: SignIn) -> None:
    answer = client_for(world.asha).post(address(world), json={"deed": "shout"})
    assert answer.status_code == 422
    assert "Reload the page" in answer.get_json()["message"]


def test_a_stream_begins_with_the_whole_room_and_tells_each_change(
    services: Services, world: World, client_for: SignIn
) -> None:
    asha, priya = client_for(world.asha), client_for(world.priya)
    said(asha, world)
    with listening(priya, world) as stream:
        assert next(stream) == ": listening\n\n"
        first = json.loads(next(stream).partition("data: ")[2])
        assert first["leader"] == IPAD
        priya.post(address(world), json={"deed": "here", "seat": LAPTOP})
        assert LAPTOP in json.loads(next(stream).partition("data: ")[2])["seats"]


def end_pair(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        people.end_pair(session, session.get_one(Pair, world.pair.id), by=None)


def close_cycle(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        session.get_one(Cycle, world.cycle.id).closed_at = now()


def sign_out(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        people.end_sign_ins(session, world.priya.id)


@pytest.mark.parametrize(
    ("happens", "why", "refused"),
    [
        (end_pair, "no longer open to you", 404),
        (close_cycle, "have agreed", 403),
        (sign_out, "signed out", 401),
    ],
)
def test_a_stream_ends_with_a_sentence_and_the_next_word_is_refused(
    happens: Callable[[Services, World], None],
    why: str,
    refused: int,
    services: Services,
    world: World,
    client_for: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.05)
    asha, priya = client_for(world.asha), client_for(world.priya)
    said(asha, world)
    with listening(priya, world) as stream:
        assert [next(stream)[:7] for _ in range(3)] == [": liste", "event: ", ": still"]
        happens(services, world)
        last = list(stream)[-1]
    assert last.startswith("event: closed")
    assert why in last
    assert priya.post(address(world), json={"deed": "here", "seat": LAPTOP}).status_code == refused


def test_the_coachee_of_a_pair_that_has_ended_is_told_why(services: Services, world: World, client_for: SignIn) -> None:
    end_pair(services, world)
    answer = said(client_for(world.asha), world)
    assert answer.status_code == 403
    assert "This pair has ended" in answer.get_json()["message"]


def test_where_all_streams_are_taken_the_room_is_still_answered(
    services: Services, world: World, client_for: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    asha = client_for(world.asha)
    monkeypatch.setattr(streams.places, "taken", services.settings.streams_per_process)
    refused = asha.get(f"{address(world)}/stream")
    assert refused.status_code == 503
    assert refused.get_json()["retryable"]
    assert said(asha, world).status_code == 200
