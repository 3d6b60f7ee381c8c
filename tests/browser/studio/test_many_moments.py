"""Five hundred moments on one clip: a page of them stands in the list, and every one of them is within reach."""

from playwright.sync_api import expect

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
    page = studio()
    moments = page.locator(".moment")
    expect(page.locator("#moments-count")).to_have_text("500 moments")
    assert moments.count() == 40
    assert page.locator(".lane g").count() == 500
    page.get_by_role("button", name="460 moments after these").click()
    expect(moments).to_have_count(80)

    show(page, 1800)
    took = page.evaluate(
        """async () => { const began = performance.now();
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "3", bubbles: true }));
        await Promise.resolve();  // what was put off until everything else was done
        return performance.now() - began; }"""
    )
    assert took < 500, "an age on a busy machine, and still no page that has stopped"
    expect(page.locator(".moment.chosen")).to_contain_text("Task")
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
