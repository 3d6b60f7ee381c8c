"""Pressing steps: on screen in the next frame, one row, and the picture never stops."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import on_screen, plays_on, press_on_screen
from tests.browser.studio.helping import RATE, SECONDS, Studio, Tags, all_sent, frame_of, playing, show, undo_all
from tests.support.world import World


def test_a_press_is_one_marker_in_the_next_frame_and_one_row_and_the_picture_never_stops(
    studio: Studio, tags: Tags, world: World
) -> None:
    page = studio()
    show(page, 600)
    markers = page.evaluate(
        """() => new Promise((done) => {
          const count = () => document.querySelectorAll("#lanes [data-id]").length;
          document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "1", bubbles: true }));
          requestAnimationFrame(() => done(count()));
        })"""
    )
    assert markers == 1
    all_sent(page)
    (tag,) = tags()
    step = world.strategy.steps[0]
    assert (frame_of(tag.pressed_ms), tag.step_id, tag.shared_at) == (600, step.id, None)
    assert frame_of(tag.start_ms) == 600 - step.lead_ms * RATE // 1000
    assert frame_of(tag.end_ms) == 600 + step.lag_ms * RATE // 1000
    expect(page.locator(".moment")).to_have_count(1)
    expect(page.locator("#announced")).to_have_text("Stand marked at 0:20")

    show(page, 690)
    page.keyboard.press("1")
    show(page, 1500)
    page.keyboard.press("1")
    all_sent(page)
    longer, other = tags()
    assert [frame_of(ms) for ms in (longer.start_ms, longer.pressed_ms, longer.end_ms)] == [420, 600, 810]
    assert frame_of(other.pressed_ms) == 1500
    undo_all(page, tags)

    page.keyboard.press("Space")
    plays_on(page, 5)
    seen = press_on_screen(page, "2")
    assert playing(page)
    plays_on(page, 5)
    assert on_screen(page) > seen
    page.keyboard.press("k")
    all_sent(page)
    # What is drawn may be a frame ahead of what was announced.
    assert seen - 1 <= frame_of(tags()[0].pressed_ms) <= seen + 1
    undo_all(page, tags)
    a_step_with_a_start_and_an_end_is_open_until_it_is_pressed_again(page, tags)


def a_step_with_a_start_and_an_end_is_open_until_it_is_pressed_again(page: Page, tags: Tags) -> None:
    show(page, 600)
    page.keyboard.press("3")
    expect(page.locator(".open-chip")).to_contain_text("Task is open, 0:00. Press 3 to end it.")
    show(page, 870)
    expect(page.locator(".open-chip")).to_contain_text("Task is open, 0:09.")
    expect(page.get_by_role("button", name="Have the task waiting")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("3")
    expect(page.locator(".open-chip")).to_have_count(0)
    all_sent(page)
    (tag,) = tags()
    assert [frame_of(ms) for ms in (tag.start_ms, tag.end_ms)] == [600, 870]
    page.keyboard.press("Control+z")
    all_sent(page)
    assert tags() == [], "begun and ended is one thing to undo"

    show(page, SECONDS * RATE - 20)
    page.keyboard.press("3")
    page.keyboard.press("Space")
    expect(page.locator("#announced")).to_have_text("Task ended with the clip at 1:09")
    all_sent(page)
    assert frame_of(tags()[0].end_ms) == SECONDS * RATE - 1
    undo_all(page, tags)

    show(page, 300)
    page.keyboard.press("3")
    all_sent(page)
    with page.expect_response("**/tags"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    show(page, 450)
    width = page.locator(".lane .open").get_attribute("width") or ""
    assert float(width.rstrip("%")) > 7, "news leave an open end open"
    page.reload()
    page.locator("main[data-ready]").wait_for()
    all_sent(page)
    assert [(frame_of(tag.start_ms), frame_of(tag.end_ms)) for tag in tags()] == [(300, 450)], "nor is it lost so"
    expect(page.locator(".open-chip")).to_have_count(0)


def test_keys_are_inert_with_auto_repeat_and_modifiers_and_can_be_switched_off(studio: Studio) -> None:
    page = studio()
    page.keyboard.down("1")
    page.keyboard.down("1")
    page.keyboard.up("1")
    expect(page.locator(".moment")).to_have_count(1)
    for modified in ("Control+2", "Alt+2", "Meta+2"):
        page.keyboard.press(modified)
    expect(page.locator(".moment")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("3")
    page.get_by_label("Use these keys").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("2")
    expect(page.locator(".moment")).to_have_count(1)
    page.reload()
    page.locator("main[data-ready]").wait_for()
    page.keyboard.press("2")
    expect(page.locator(".moment")).to_have_count(1)
    page.get_by_role("button", name="Greet each child").click()
    expect(page.locator(".moment")).to_have_count(2)
