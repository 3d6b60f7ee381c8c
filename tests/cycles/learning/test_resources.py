"""The coach sends links worth reading; the coachee opens them, and the coach sees that it was opened."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from tests.cycles.learning.conftest import SignedIn
from tests.support.statements import counted
from tests.support.world import ZONE, World
from veo_workflow.cycles.learning.models import Resource
from veo_workflow.cycles.learning.resources.rules import read_resource
from veo_workflow.database import new_id
from veo_workflow.errors import InvalidInput
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.services import Services
from veo_workflow.wording import weekday


def form(**changed: str) -> dict[str, str]:
    return {
        "id": str(new_id()),
        "url": "https://example.org/entry?x=1#two",
        "title": "Two minutes at the door",
        "note": "Watch the second one.",
        **changed,
    }


def sent(services: Services) -> list[Resource]:
    with services.database.reading() as session:
        return list(session.scalars(select(Resource)))


def test_a_link_is_sent_opened_and_said_to_be_opened(client_for: SignedIn, services: Services, world: World) -> None:
    asha, priya, address = client_for(world.asha), client_for(world.priya), f"/cycles/{world.cycle.id}/resources"
    assert priya.post(address, data=form()).status_code == 303
    (resource,) = sent(services)
    with services.database.reading() as session:
        (notice,) = session.scalars(select(Notice).where(Notice.kind == NoticeKind.RESOURCE_SENT))
        assert (notice.person_id, notice.subject_id) == (world.asha.id, world.cycle.id)
    where = f"{address}/{resource.id}/open"
    assert priya.get(where).headers["Location"] == "https://example.org/entry?x=1#two"
    assert "Asha has not opened it yet" in priya.get(address).text, "the coach’s own look does not count"
    page = asha.get(address).text
    assert f'href="{where}" target="_blank" rel="noopener noreferrer"' in page
    assert "example.org" in page
    assert "Watch the second one." in page
    answer = asha.get(where)
    assert answer.headers["Location"] == "https://example.org/entry?x=1#two"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    opened = sent(services)[0].opened_at
    assert opened is not None
    asha.get(where)
    assert sent(services)[0].opened_at == opened
    assert f"Asha opened it on {weekday(opened, ZoneInfo(ZONE))}" in priya.get(address).text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//example.org",
        "example.org/page",
        "ftp://example.org",
        "https://",
        "https:///path",
        "https://user:word@example.org",
        "https://exam ple.org",
        "https://example.org\\@evil.test",
        "https://example.org:notaport/",
        "https://example.org/\u202egnp",
        "https://[::1",
        "https://example.org/" + "x" * 2000,
    ],
)
def test_only_plain_web_addresses_are_sent_on(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_resource({"url": url})
    assert "https://" in refused.value.fields["url"]


def test_a_link_without_a_name_is_called_by_its_site_as_it_is_looked_up() -> None:
    assert read_resource({"url": "https://www.example.org:8443/a"}).title == "www.example.org:8443"
    assert read_resource({"url": "https://\u0435xample.org"}).title == "xn--xample-2of.org"


def test_a_link_that_is_refused_is_sent_back_as_it_was_typed(
    client_for: SignedIn, services: Services, world: World
) -> None:
    wrong = form(url="example.org/x")
    answer = client_for(world.priya).post(f"/cycles/{world.cycle.id}/resources", data=wrong)
    assert answer.status_code == 422
    for typed in ("example.org/x", "Two minutes at the door", "Watch the second one.", wrong["id"]):
        assert typed in answer.text
    assert sent(services) == []


def test_sent_twice_it_is_there_once_and_taken_back_it_is_gone(
    client_for: SignedIn, services: Services, world: World
) -> None:
    priya, address, once = client_for(world.priya), f"/cycles/{world.cycle.id}/resources", form()
    for _ in range(2):
        assert priya.post(address, data=once).status_code == 303
    (resource,) = sent(services)
    assert priya.post(f"{address}/{resource.id}/take-back").status_code == 303
    assert sent(services) == []
    assert client_for(world.asha).get(f"{address}/{resource.id}/open").status_code == 404


def test_what_was_sent_is_changed_and_of_two_windows_the_second_sees_both_texts(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha, priya, address = client_for(world.asha), client_for(world.priya), f"/cycles/{world.cycle.id}/resources"
    priya.post(address, data=form())
    (resource,) = sent(services)
    where = f"{address}/{resource.id}"
    asha.get(f"{where}/open")
    typed = {"url": resource.url, "title": "At the door", "note": "Only the first.", "after": "1"}
    assert "Two minutes at the door" in priya.get(where).text
    for _twice in range(2):
        assert priya.post(where, data=typed | {"about": str(world.strategy.id)}).status_code == 303
    (changed,) = sent(services)
    assert (changed.version, changed.opened_at is not None) == (2, True), "other words are no news"
    assert f"for {world.strategy.title}" in asha.get(address).text
    second = priya.post(where, data=typed | {"note": "Both of them."})
    assert second.status_code == 409
    assert "Only the first." in second.text
    assert "Both of them.</textarea>" in second.text
    assert priya.post(where, data=typed | {"after": "2", "url": "https://example.org/other"}).status_code == 303
    (elsewhere,) = sent(services)
    assert (elsewhere.version, elsewhere.opened_at, elsewhere.strategy_version_id) == (3, None, None)


@pytest.mark.parametrize("wrong", [{"url": "example.org"}, {"about": str(new_id())}, {"about": "no id"}])
def test_a_change_that_is_refused_keeps_what_was_typed(
    client_for: SignedIn, services: Services, world: World, wrong: dict[str, str]
) -> None:
    priya, address = client_for(world.priya), f"/cycles/{world.cycle.id}/resources"
    priya.post(address, data=form())
    (resource,) = sent(services)
    answer = priya.post(f"{address}/{resource.id}", data=form(note="Typed.", after="1") | wrong)
    assert answer.status_code == 422
    assert "Typed.</textarea>" in answer.text
    assert sent(services)[0].version == 1


def test_the_next_cycle_still_shows_what_was_sent_and_a_former_coach_sees_none_of_it(
    client_for: SignedIn,
    services: Services,
    world: World,
    carried_on: Callable[[], str],
    end_pair: Callable[[], None],
) -> None:
    asha, priya, address = client_for(world.asha), client_for(world.priya), f"/cycles/{world.cycle.id}/resources"
    priya.post(address, data=form())
    (resource,) = sent(services)
    following = f"/cycles/{carried_on()}/resources"
    for client in (asha, priya):
        assert "From the cycle before" in client.get(following).text
        assert "Two minutes at the door" in client.get(following).text
    assert priya.post(address, data=form()).status_code == 403
    end_pair()
    for where in (address, following, f"{address}/{resource.id}/open"):
        assert priya.get(where).status_code == 404
        assert asha.get(where).status_code in {200, 302}


@pytest.mark.parametrize("where", ["/cycles/{}/resources", "/cycles/{}"])
def test_a_page_asks_as_much_for_many_links_as_for_one(
    client_for: SignedIn, services: Services, world: World, where: str
) -> None:
    priya, address = client_for(world.priya), f"/cycles/{world.cycle.id}/resources"
    priya.post(address, data=form())
    with counted(services.database.engine) as few:
        priya.get(where.format(world.cycle.id))
    for _ in range(21):
        priya.post(address, data=form())
    with counted(services.database.engine) as many:
        page = priya.get(where.format(world.cycle.id)).text
    assert len(many) == len(few)
    assert ("Page 2" in page) == where.endswith("resources")
