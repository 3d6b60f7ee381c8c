"""A pair that tags self first, on two screens: nothing of the other's until both say that they have finished."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_accessible
from tests.browser.studio.helping import Studio, Tags, all_sent, show
from tests.support.world import World
from veo_workflow.people.models import Pair
from veo_workflow.services import Services

HEAR = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture(autouse=True)
def _self_first(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        session.get_one(Pair, world.pair.id).self_first = True


def test_both_sets_appear_once_both_have_finished(studio: Studio, tags: Tags) -> None:
    priya, asha = studio("priya"), studio("asha", "ipad")
    for page, frame in ((priya, 300), (asha, 900)):
        show(page, frame)
        page.keyboard.press("1")
        all_sent(page)
    asha.evaluate(HEAR)
    expect(asha.locator("#moment-list > li")).to_have_count(1)
    expect(priya.locator("#state")).to_have_text("1 draft, only yoursAsha has not finished tagging")

    priya.locator("#share").click()
    assert_accessible(priya)
    priya.get_by_role("button", name="Not yet").click()
    priya.locator("#share").click()
    priya.locator("#finish").get_by_role("button", name="I have finished").click()
    expect(priya.locator("#state")).to_contain_text("You have finished, 1 moment")
    expect(priya.locator("#share")).to_have_text("Go on tagging")
    assert tags()[0].shared_at is None

    asha.evaluate(HEAR)
    expect(asha.locator("#state")).to_contain_text("Priya has finished, it is your turn")
    expect(asha.locator("#moment-list > li")).to_have_count(1)
    asha.locator("#share").tap()
    asha.locator("#finish").get_by_role("button", name="I have finished").tap()
    expect(asha.locator("#moment-list > li")).to_have_count(2)
    priya.evaluate(HEAR)
    expect(priya.locator("#moment-list > li")).to_have_count(2)
    expect(priya.locator("#announced")).to_have_text("Both sets are revealed.")
    expect(priya.locator("#share")).to_have_text("Share with Asha")
