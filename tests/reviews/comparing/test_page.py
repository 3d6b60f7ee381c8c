"""Then and now as a page: which moments stand beside each other, for whom, and in how many statements."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.statements import counted
from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips.models import Clip
from veo_workflow.database import now
from veo_workflow.people.models import Pair, Person
from veo_workflow.services import Services

SignIn = Callable[[Person | None], FlaskClient]


def address(world: World) -> str:
    return f"/cycles/{world.cycle.id}/then-and-now"


def data_on(page: str) -> dict[str, Any]:
    found = re.search(r'id="comparing-data">(.*?)</script>', page)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_both_see_a_moment_of_then_beside_one_of_now_lined_up_as_asked(
    improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    for person in (improving.asha, improving.priya):
        page = client_for(person).get(address(improving), query_string={"offset": "300"}).text
        data = data_on(page)
        assert [data[side]["clip"]["id"] for side in ("then", "now")] == [str(clip.id) for clip in two_clips]
        assert [data[side]["start"] for side in ("then", "now")] == [18_017, 8_017]
        assert data["offset"] == 300
        # Without scripts each film still plays from its moment.
        assert f"/media/{two_clips[0].id}/playback#t=18.017" in page
        assert f"/media/{two_clips[1].id}/playback#t=8.317" in page
        assert improving.strategy.steps[0].prompt in page


@pytest.mark.parametrize("database", ["sqlite"])
def test_another_moment_can_be_chosen_and_nothing_that_is_not_of_the_step(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        clip = session.get_one(Clip, two_clips[0].id)
        other = make_tag(session, clip, improving.asha, improving.strategy, at_ms=40_017)
        elsewhere = make_tag(session, clip, improving.asha, improving.strategy, at_ms=50_017)
        elsewhere.step_id = improving.strategy.steps[1].id
    asha = client_for(improving.asha)

    def start_of_then(tag_id: object) -> int:
        return int(data_on(asha.get(address(improving), query_string={"then": tag_id}).text)["then"]["start"])

    assert start_of_then(other.id) == 38_017
    assert start_of_then(elsewhere.id) == start_of_then("nonsense") == 18_017


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_step_without_a_later_moment_says_what_is_missing(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        tag = make_tag(session, session.get_one(Clip, two_clips[0].id), improving.asha, improving.strategy)
        tag.step_id = improving.strategy.steps[2].id
    page = (
        client_for(improving.asha).get(address(improving), query_string={"step": improving.strategy.steps[2].id}).text
    )
    assert "No “now” of this step yet" in page
    assert "comparing-data" not in page


@pytest.mark.parametrize("database", ["sqlite"])
def test_without_moments_the_page_says_where_they_come_from(improving: World, client_for: SignIn) -> None:
    assert "Nothing to compare yet" in client_for(improving.asha).get(address(improving)).text


def test_drafts_and_private_clips_reach_nobody_they_are_not_for(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        clip = session.get_one(Clip, two_clips[1].id)
        drafts = [
            make_tag(session, clip, person, improving.strategy, shared=False, at_ms=5_017)
            for person in (improving.asha, improving.priya)
        ]
        for draft in drafts:
            draft.note = "CANARY-DRAFT"
        private = make_clip(session, improving.cycle, improving.asha, shared=False, title="CANARY-CLIP")
        own = make_tag(session, private, improving.asha, improving.strategy)
        own.note = "CANARY-PRIVATE"
    for draft in drafts:
        for person in (improving.asha, improving.priya):
            page = client_for(person).get(address(improving), query_string={"now": draft.id}).text
            assert "CANARY-DRAFT" not in page
    assert "CANARY" not in client_for(improving.priya).get(address(improving), query_string={"now": own.id}).text
    assert "CANARY-PRIVATE" in client_for(improving.asha).get(address(improving), query_string={"now": own.id}).text


@pytest.mark.parametrize("database", ["sqlite"])
def test_when_the_pair_has_ended_it_stays_with_the_coachee(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        session.get_one(Pair, improving.pair.id).ended_at = now()
    assert client_for(improving.priya).get(address(improving)).status_code == 404
    assert client_for(improving.asha).get(address(improving)).status_code == 200


def test_five_hundred_moments_come_in_pages_and_ask_no_more(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    asha = client_for(improving.asha)

    def statements(page: int = 1) -> tuple[int, str]:
        with counted(services.database.engine) as asked:
            answer = asha.get(address(improving), query_string={"then_page": page})
        return len(asked), answer.text

    few, _ = statements()
    with services.database.transaction() as session:
        for clip in two_clips:
            clip = session.get_one(Clip, clip.id)
            for place in range(249):
                make_tag(session, clip, improving.priya, improving.strategy, at_ms=21_017 + place * 100)
    many, page = statements()
    assert many == few
    assert few <= 18
    assert page.count('class="lines other-moments"') == 2
    assert "page=2" in page
    assert statements(21)[1].count("/then-and-now?then_page=21&amp;step=") == 10 + 12
