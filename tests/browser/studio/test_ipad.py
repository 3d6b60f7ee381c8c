"""With fingers on an iPad: real touches, held upright and across."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import until
from tests.browser.studio.helping import Studio, Tags, all_sent, frame_of, show
from tests.support.world import World, make_tag
from veo_workflow.clips.models import Clip
from veo_workflow.services import Services


def box_of(page: Page, place: str) -> Any:
    box = page.locator(place).bounding_box()
    assert box is not None
    return box


def drag(page: Page, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """One finger put down, moved and lifted."""
    hand = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    touch("touchStart", begin)
    for part in (0.25, 0.5, 0.75, 1):
        touch("touchMove", tuple(a + (b - a) * part for a, b in zip(begin, end, strict=True)))
    touch("touchEnd")


def test_thumbs_mark_kinds_and_ends_while_picture_and_buttons_stay(
    studio: Studio, services: Services, clip: Clip, world: World, tags: Tags
) -> None:
    with services.database.transaction() as session:
        for place in range(20):
            make_tag(session, clip, world.asha, world.strategy, at_ms=1017 + 1000 * place).note = "Names at the door."
    page = studio(screen="ipad")
    show(page, 900)
    step = page.locator(".step-button").first
    step.tap()
    step.tap()
    page.locator("#kinds label").nth(1).tap()
    all_sent(page)
    (mine,) = (tag for tag in tags() if tag.author_id == world.priya.id)
    assert (mine.kind, frame_of(mine.pressed_ms)) == ("question", 900), "a double tap is one moment"

    handle = box_of(page, "[data-edge=end_ms].grip")
    place = (handle["x"] + 4, handle["y"] + handle["height"] / 2)
    drag(page, place, (place[0] + 60, place[1]))
    all_sent(page)
    assert next(tag.end_ms for tag in tags() if tag.id == mine.id) > mine.end_ms

    fixed = [box_of(page, name) for name in ("#video", "#steps")]
    assert fixed[1]["y"] + fixed[1]["height"] == page.viewport_size["height"]  # type: ignore[index]
    listed = box_of(page, "#moment-list")
    middle = (listed["x"] + 400, listed["y"] + listed["height"] - 10)
    drag(page, middle, (middle[0], listed["y"] - 300))
    until(page, "document.getElementById('moment-list').scrollTop > 0")
    assert [box_of(page, name) for name in ("#video", "#steps")] == fixed
    assert page.evaluate("scrollY") == 0

    page.set_viewport_size({"width": 1180, "height": 820})
    picture, buttons = box_of(page, "#picture"), box_of(page, "#steps")
    assert buttons["x"] >= picture["x"] + picture["width"]
    assert buttons["x"] + buttons["width"] >= 1180 - 24
    small = page.evaluate(
        """() => Array.from(document.querySelectorAll("button, select, .segments label"))
        .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 47.5)
        .map((one) => one.textContent.trim())"""
    )
    assert small == []


def test_a_finger_on_the_strip_sees_where_it_is_going(studio: Studio) -> None:
    page = studio(screen="ipad")
    strip = box_of(page, "#scrub")
    hand = page.context.new_cdp_session(page)
    places = [{"x": strip["x"] + 100 * n, "y": strip["y"] + 20} for n in (1, 2, 3)]
    hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": places[:1]})
    for place in places[1:]:
        hand.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [place]})
    expect(page.locator("#storyboard")).to_be_visible()
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator("#storyboard")).to_be_hidden()
    assert int(page.locator("#scrub").input_value()) > 300
