"""Patterns as pages: what they count, for the pair alone, never of a draft, in a fixed number of statements."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.support.statements import counted
from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips.models import Clip
from veo_workflow.cycles.models import GoalRevision
from veo_workflow.people.models import Pair, Person
from veo_workflow.services import Services

SignIn = Callable[[Person | None], FlaskClient]
ONCE = pytest.mark.parametrize("database", ["sqlite"])


def of_cycle(world: World) -> str:
    return f"/cycles/{world.cycle.id}/patterns"


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_then_stands_against_now_with_the_film_it_was_counted_in_beside_the_goal(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    state = next(step for step in improving.strategy.steps if step.press.value == "start_end")
    with services.database.transaction() as session:
        clip = session.get_one(Clip, two_clips[1].id)
        make_tag(session, clip, improving.asha, improving.strategy, at_ms=40_017)
        for person, start, end in ((improving.priya, 10_000, 30_000), (improving.asha, 25_000, 34_000)):
            tag = make_tag(session, clip, person, improving.strategy)
            tag.step_id, tag.start_ms, tag.end_ms = state.id, start, end
        session.query(GoalRevision).update({"baseline": 6.5, "target": 2.0})
    for person in (improving.asha, improving.priya):
        page = text_of(client_for(person).get(of_cycle(improving)).text)
        assert "then 1 in 1:00, now 2 in 1:00" in page
        assert "then 0 % (0:00 of 1:00), now 40 % (0:24 of 1:00)" in page
        assert "Everybody writes within two minutes." in page
        assert "6:30" in page
    page = text_of(client_for(improving.asha).get(of_cycle(improving), query_string={"whose": "coachee"}).text)
    assert "now 1 in 1:00" in page
    assert "now 15 % (0:09 of 1:00)" in page


@ONCE
def test_a_clip_shows_its_moments_along_its_time(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    page = client_for(improving.priya).get(f"/clips/{two_clips[0].id}/patterns").text
    assert "Moments of each step along the clip" in page
    assert 'cx="33.36%"' in page  # 20 s of 60
    assert "1 in 1:00, 10 every ten minutes" in text_of(page)
    nobodys = client_for(improving.asha).get(f"/clips/{two_clips[0].id}/patterns", query_string={"whose": "coachee"})
    assert "Nothing to count yet" in nobodys.text


def test_nothing_of_a_draft_a_private_clip_or_a_set_that_is_held_is_counted(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    """Word for word the same pages, whatever lies there unshared."""
    addresses = (of_cycle(improving), f"/clips/{two_clips[1].id}/patterns")
    with services.database.transaction() as session:
        session.get_one(Pair, improving.pair.id).self_first = True
    clients = [client_for(person) for person in (improving.asha, improving.priya)]
    before = [same(client.get(address).text) for client in clients for address in addresses]
    with services.database.transaction() as session:
        clip = session.get_one(Clip, two_clips[1].id)
        for person in (improving.asha, improving.priya):
            draft = make_tag(session, clip, person, improving.strategy, shared=False, at_ms=50_017)
            draft.step_id, draft.note = improving.strategy.steps[3].id, "CANARY-DRAFT"
    assert [same(client.get(address).text) for client in clients for address in addresses] == before
    with services.database.transaction() as session:
        private = make_clip(session, improving.cycle, improving.asha, shared=False, title="CANARY-CLIP")
        make_tag(session, private, improving.asha, improving.strategy)
    assert same(clients[1].get(addresses[0]).text) == before[2]
    assert "CANARY-CLIP" in clients[0].get(addresses[0]).text


def same(page: str) -> str:
    return re.sub(r'name="csrf[-_]token" (value|content)="[^"]*"', "", page)


@ONCE
def test_a_lead_finds_neither_page_and_no_note_is_on_them(
    improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    for address in (of_cycle(improving), f"/clips/{two_clips[1].id}/patterns"):
        assert client_for(improving.lena).get(address).status_code == 404
        assert "Four names in a row." not in client_for(improving.asha).get(address).text


@ONCE
def test_without_moments_the_page_says_where_they_come_from(improving: World, client_for: SignIn) -> None:
    assert "Nothing to count yet" in client_for(improving.asha).get(of_cycle(improving)).text


def test_five_hundred_moments_on_eight_clips_ask_no_more(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    asha = client_for(improving.asha)
    addresses = (of_cycle(improving), f"/clips/{two_clips[1].id}/patterns")

    def statements(address: str) -> int:
        with counted(services.database.engine) as asked:
            assert asha.get(address).status_code == 200
        return len(asked)

    few = [statements(address) for address in addresses]
    with services.database.transaction() as session:
        clips = [session.get_one(Clip, two_clips[1].id)]
        clips += [make_clip(session, improving.cycle, improving.asha, title=f"Lesson {n}") for n in range(6)]
        for place in range(500):
            clip = clips[place % len(clips)]
            tag = make_tag(session, clip, improving.priya, improving.strategy, at_ms=5_017 + 100 * place)
            tag.step_id = improving.strategy.steps[place % 5].id
    assert [statements(address) for address in addresses] == few
    assert max(few) <= 16
    assert "Lesson 5" not in asha.get(addresses[0]).text
    assert "Lesson 5" in asha.get(addresses[0], query_string={"page": 2}).text
