"""What the two of a pair write to each other: it arrives once, waits to be read, and can be taken back."""

import re
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from tests.cycles.learning.conftest import SignedIn
from tests.support.statements import counted
from tests.support.world import World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.cycles.learning.conversation import operations
from veo_workflow.cycles.learning.models import Message
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import new_id
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.services import Services


def form(text: str = "The bell went early.", **changed: Any) -> dict[str, str]:
    return {"id": str(new_id()), "text": text, "after": "none", **changed}


def said(services: Services) -> list[Message]:
    with services.database.reading() as session:
        return list(session.scalars(select(Message).order_by(Message.sent_at)))


def test_priya_writes_and_it_waits_for_asha_until_she_has_read_it(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha, priya, address = client_for(world.asha), client_for(world.priya), f"/cycles/{world.cycle.id}/conversation"
    assert priya.post(address, data=form()).status_code == 303
    priya.post(address, data=form("And <b>again</b>\non Tuesday."))
    for page in (asha.get("/").text, asha.get(f"/cycles/{world.cycle.id}").text):
        assert "Priya wrote to you" in page
    board = asha.get("/notices").text
    assert "Priya Nair wrote to you" in board
    assert "bell went" not in board
    page = asha.get(address).text
    assert page.index("The bell went early.") < page.index("And &lt;b&gt;again&lt;/b&gt;\non Tuesday.")
    assert page.count(">New<") == 2
    assert ">New<" not in asha.get(address).text
    assert "Priya wrote to you" not in asha.get("/").text
    assert "wrote to you" not in priya.get("/").text, "nobody hears of their own words"
    with services.database.reading() as session:
        assert all(n.read_at for n in session.scalars(select(Notice).where(Notice.kind == NoticeKind.MESSAGE_SENT)))


def test_a_message_that_is_empty_or_too_long_is_sent_back_as_it_was_typed(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha, address = client_for(world.asha), f"/cycles/{world.cycle.id}/conversation"
    assert asha.post(address, data=form(" \n ")).status_code == 422
    long = form("long " * 401)
    answer = asha.post(address, data=long)
    assert answer.status_code == 422
    assert "this one has 2,004" in answer.text
    assert "long " * 401 in answer.text
    assert long["id"] in answer.text
    assert said(services) == []
    assert asha.post(address, data=form("x" * 2000)).status_code == 303


def test_a_message_sent_twice_is_one_message_and_nobody_takes_anothers_id(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha, address, once = client_for(world.asha), f"/cycles/{world.cycle.id}/conversation", form()
    for _ in range(2):
        assert asha.post(address, data=once).status_code == 303
    assert client_for(world.priya).post(address, data=once | {"text": "Not hers."}).status_code == 404
    assert [message.text for message in said(services)] == ["The bell went early."]


def test_ones_own_message_is_taken_back_and_its_words_are_gone(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha, priya, address = client_for(world.asha), client_for(world.priya), f"/cycles/{world.cycle.id}/conversation"
    asha.post(address, data=form())
    (message,) = said(services)
    assert priya.post(f"{address}/{message.id}/take-back").status_code == 404
    assert asha.post(f"{address}/{message.id}/take-back").status_code == 303
    assert said(services)[0].text == ""
    for client in (asha, priya):
        assert "Taken back." in client.get(address).text
        assert "The bell went early." not in client.get(address).text
    assert "Asha wrote to you" not in priya.get("/").text
    with services.database.reading() as session:
        noted = select(AuditEntry).where(AuditEntry.action.like("message%")).order_by(AuditEntry.at)
        entries = session.scalars(noted).all()
    assert [(entry.action, entry.subject_id) for entry in entries] == [
        ("message_sent", message.id),
        ("message_taken_back", message.id),
    ]


def test_an_open_page_is_told_what_is_new_and_nothing_where_nothing_is(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha, priya = client_for(world.asha), client_for(world.priya)
    address, api = f"/cycles/{world.cycle.id}/conversation", f"/api/cycles/{world.cycle.id}/conversation"
    mark = re.findall(r'data-mark="([^"]*)"', asha.get(address).text)[0]
    assert asha.get(f"{api}?mark={mark}").get_json() == {"mark": mark, "html": None}
    priya.post(address, data=form())
    news = asha.get(f"{api}?mark={mark}").get_json()
    assert "The bell went early." in news["html"]
    assert asha.get(f"{api}?mark={news['mark']}").get_json()["html"] is None
    assert "Priya wrote to you" not in asha.get("/").text
    priya.post(f"{address}/{said(services)[0].id}/take-back")
    assert "Taken back." in asha.get(f"{api}?mark={news['mark']}").get_json()["html"]


def test_two_who_write_at_once_are_both_heard(services: Services, world: World) -> None:
    barrier, same = threading.Barrier(3), new_id()

    def write(person: Any, message_id: Any) -> None:
        barrier.wait()
        with services.database.transaction() as session:
            cycle = session.get_one(Cycle, world.cycle.id)
            operations.send(session, cycle, message_id, "At once.", by=person)

    sending = ((world.asha, same), (world.asha, same), (world.priya, new_id()))
    threads = [threading.Thread(target=write, args=words) for words in sending]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(message.author_id for message in said(services)) == sorted([world.asha.id, world.priya.id])


def test_a_closed_cycle_keeps_what_was_said_and_a_former_coach_reads_none_of_it(
    client_for: SignedIn, world: World, carried_on: Callable[[], str], end_pair: Callable[[], None]
) -> None:
    asha, priya, address = client_for(world.asha), client_for(world.priya), f"/cycles/{world.cycle.id}/conversation"
    asha.post(address, data=form())
    following = carried_on()
    assert "The bell went early." in priya.get(address).text
    assert 'name="text"' not in priya.get(address).text
    assert priya.post(address, data=form()).status_code == 403
    assert "The bell went early." not in priya.get(f"/cycles/{following}/conversation").text
    end_pair()
    for where in (address, f"/api{address}", f"/cycles/{following}/conversation"):
        assert priya.get(where).status_code == 404
        assert asha.get(where).status_code == 200


def test_a_page_asks_as_much_for_many_messages_as_for_one_and_the_newest_are_on_the_first(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha, priya, address = client_for(world.asha), client_for(world.priya), f"/cycles/{world.cycle.id}/conversation"
    pages = (address, f"/cycles/{world.cycle.id}", "/")
    asha.post(address, data=form("Message 0."))

    def asked() -> list[int]:
        counts = []
        for page in pages:
            with counted(services.database.engine) as statements:
                asha.get(page)
            counts.append(len(statements))
        return counts

    few = asked()
    for number in range(1, 26):
        (asha if number % 2 else priya).post(address, data=form(f"Message {number}."))
    asha.get(address)
    assert asked() == few
    first, second = asha.get(address).text, asha.get(f"{address}?page=2").text
    assert "Message 25." in first
    assert "Message 4." not in first
    assert "Message 4." in second
    assert first.index("Message 24.") < first.index("Message 25.")
