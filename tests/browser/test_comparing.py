"""Then and now in a real browser: two films of different rates, whose every frame carries its own number."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import READ_FRAME, PageFor, assert_accessible, until
from tests.browser.test_review import RATES, ReviewRoom, films, review
from tests.support.world import World

__all__ = ["films", "review"]

THEN, NOW = (500, 1220), (217, 1017)  # the first moments of the first step
PLACES = """() => { const place = (name, start) => document.getElementById(`${name}-video`).currentTime * 1000 - start;
  return place("now", 217) - place("then", 500); }"""

SMALL_TARGETS = """[...document.querySelectorAll("main button, main .segments span, .link-choice a")]
  .filter((target) => target.offsetParent && target.offsetHeight < 48).map((target) => target.textContent)"""


def frame(name: str, ms: float) -> int:
    return int(ms * RATES[name] // 1000)


def both_show(page: Page, place: float, *, offset: int = 0) -> None:
    """The pages says so, and the pictures agree: each at its own frame, so many ms from its moment."""
    wanted = {"then": frame("then", THEN[0] + place), "now": frame("now", NOW[0] + place + offset)}
    for name, number in wanted.items():
        expect(page.locator(f"#{name}-picture")).to_have_attribute("data-frame", str(number))
        until(page, f"!document.getElementById('{name}-video').seeking")
        until(page, f"({READ_FRAME})(document.getElementById('{name}-video')) === {number}")


@pytest.fixture
def address(world: World) -> str:
    return f"/cycles/{world.cycle.id}/then-and-now"


def test_both_films_move_as_one(review: ReviewRoom, address: str, page_for: PageFor, world: World) -> None:
    page = page_for(world.priya, address)
    page.locator("main[data-ready]").wait_for()
    both_show(page, 0)
    expect(page.get_by_text("each of you plays this page alone")).to_be_visible()
    assert_accessible(page)

    page.get_by_role("button", name="Both one frame on").click()
    both_show(page, 40)
    page.keyboard.press("ArrowLeft")
    both_show(page, 0)
    page.keyboard.press("Shift+ArrowRight")
    both_show(page, 1000)
    page.keyboard.press("Home")

    for _ in range(2):
        page.get_by_role("button", name="Now a tenth of a second later").click()
    page.keyboard.press("+")
    expect(page.locator("#offset")).to_have_text("+0.3 s")
    both_show(page, 0, offset=300)
    assert "offset=300" in page.url
    page.reload()
    both_show(page, 0, offset=300)
    for _ in range(3):
        page.keyboard.press("-")
    expect(page.locator("#offset")).to_have_text("together")
    both_show(page, 0)

    heard = "['then', 'now'].filter((name) => !document.getElementById(`${name}-video`).muted).join()"
    assert page.evaluate(heard) == "now"
    page.keyboard.press("m")
    assert page.evaluate(heard) == "then"
    expect(page.get_by_role("radio", name="Then")).to_be_checked()

    page.get_by_role("radio", name="Half").check()
    page.get_by_role("button", name="Play both").click()
    until(page, "document.getElementById('then-video').currentTime > 0.8")
    assert abs(page.evaluate(PLACES)) < 350
    assert page.evaluate("document.getElementById('then-video').playbackRate") == 0.5
    page.get_by_role("button", name="Pause both").click()
    until(page, "[...document.querySelectorAll('video')].every((video) => video.paused && !video.seeking)")
    rest = int(page.locator("#then-picture").get_attribute("data-frame") or 0)
    assert abs(page.evaluate(PLACES)) <= 1000 / 25, f"paused on frame {rest} of then"

    page.keyboard.press("Home")
    page.keyboard.press("k")
    until(page, "document.getElementById('then-video').currentTime > 1.2")
    expect(page.get_by_role("button", name="Play both")).to_be_visible()
    both_show(page, 800)  # the longer of the two moments has ended


def test_upright_the_pictures_stand_above_each_other_and_lying_beside(
    review: ReviewRoom, address: str, page_for: PageFor, world: World
) -> None:
    page = page_for(world.asha, address, "ipad-dark")
    page.locator("main[data-ready]").wait_for()
    assert_accessible(page)
    then, now = (page.locator(f"#{name}-picture").bounding_box() for name in ("then", "now"))
    assert then
    assert now
    assert now["y"] >= then["y"] + then["height"]
    assert page.evaluate(SMALL_TARGETS) == []
    page.set_viewport_size({"width": 1180, "height": 820})
    then, now = (page.locator(f"#{name}-picture").bounding_box() for name in ("then", "now"))
    assert then
    assert now
    assert then["y"] == now["y"]
    assert now["x"] >= then["x"] + then["width"]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")  # nothing is between two colours
    assert_accessible(page)
