"""Five hundred moments on one clip: a page of them stands in the list, and every one of them is within reach."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import assert_accessible
from tests.browser.studio.helping import Studio, show
from tests.support.world import World, make_tag
from veo_workflow.clips.models import Clip
from veo_workflow.services import Services

KINDS = ("strength", "question", "suggestion", "note")


def test_all_are_within_reach_and_a_press_is_as_quick(
    studio: Studio, services: Services, clip: Clip, world: World
) -> None:
    with services.database.transaction() as session:
        for place in range(500):
            tag = make_tag(session, clip, world.asha, world.strategy, at_ms=1017 + 130 * place)
            tag.start_ms, tag.end_ms = tag.pressed_ms, tag.pressed_ms + 900
            tag.step_id, tag.kind = world.strategy.steps[place % 5].id, KINDS[place % 4]
    page = studio(screen="ipad-across")
    moments = page.locator(".moment")
    expect(page.locator("#moments-count")).to_have_text("500 moments")
    assert moments.count() == 20
    listed = page.get_by_role("list", name="Moments")
    read = listed.get_by_role("button", name="play this moment").all_inner_texts()
    assert [words.split()[0] for words in read] == [f"0:{(1017 + 130 * place) // 1000:02d}" for place in range(20)]
    first = re.compile("1Stand.*Strength.*Asha.*Shared", re.DOTALL)
    expect(listed.get_by_role("listitem").first).to_contain_text(first)
    expect(page.get_by_role("img", name=re.compile("^Stand: 0:01 to 0:01, shared; .*and 92 more$"))).to_be_visible()
    expect(page.locator(".lane g")).to_have_count(500)
    page.get_by_role("button", name="480 moments after these").click()
    expect(moments).to_have_count(60)

    show(page, 1800)
    before = work(page)
    page.keyboard.press("3")
    expect(page.locator(".moment.chosen")).to_contain_text("Task")
    assert work(page) - before < 0.3, "seconds of a processor, however busy the machine is"
    expect(page.get_by_role("button", name="moments before these")).to_be_visible()
    page.keyboard.press("]")
    expect(page.locator(".moment.chosen")).to_contain_text("Asha")

    page.locator("#filter-open").click()
    page.locator("#by-kind").select_option("question")
    page.locator("#by-step").select_option(label="2 Greet")
    expect(page.locator("#moments-count")).to_have_text("25 moments")
    page.locator("#by-step").select_option("")
    page.locator("#grouped").select_option("step")
    expect(page.locator(".group")).to_have_text(["1 Stand", "2 Greet"])
    assert_accessible(page)
    page.locator("#filter-open").click()
    expect(page.locator("#filter-open")).to_have_text("Filtered")
    page.keyboard.press("4")
    expect(page.locator(".moment.chosen")).to_contain_text("Scan")
    expect(page.locator("#filter-open")).to_have_text("Filter")


def work(page: Page) -> float:
    """Seconds of a processor that the page has spent in scripts so far."""
    asked = page.context.new_cdp_session(page)
    asked.send("Performance.enable", {"timeDomain": "threadTicks"})
    spent = {one["name"]: float(one["value"]) for one in asked.send("Performance.getMetrics")["metrics"]}
    return spent["ScriptDuration"]
