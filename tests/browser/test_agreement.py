"""What each of us saw, in a real browser: a line plays its moment, and the page is for everybody."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PageFor, assert_accessible, shows, until
from tests.browser.test_review import RATES, ReviewRoom, films, review
from tests.support.world import World, make_tag
from veo_workflow.clips.models import Clip
from veo_workflow.services import Services

__all__ = ["films", "review"]


@pytest.fixture
def address(review: ReviewRoom, services: Services, world: World) -> str:
    """Of today's clip, on which Asha has seen one of Priya's three moments too, and one of her own."""
    with services.database.transaction() as session:
        clip = session.get_one(Clip, review.moments[2][1].clip_id)
        for at_ms in (1017, 3017):
            tag = make_tag(session, clip, world.asha, world.strategy, at_ms=at_ms)
            tag.start_ms, tag.end_ms = at_ms, at_ms + 600
        for name, tag in review.moments:
            if name == "now":
                session.merge(tag).pressed_ms = tag.start_ms
    return f"/clips/{clip.id}/agreement"


def test_a_line_plays_its_moment_and_keys_walk_on(address: str, page_for: PageFor, world: World) -> None:
    page = page_for(world.priya, f"{address}?within=2")
    page.locator("main[data-ready]").wait_for()
    assert_accessible(page)
    expect(page.locator(".lead")).to_contain_text("You both marked 1 of 4 moments (25 %)")
    expect(page.get_by_role("img", name="What Priya and Asha have marked")).to_be_visible()
    frame = 217 * RATES["now"] // 1000
    shows(page, frame)
    page.locator("[data-moment]").nth(3).click()
    shows(page, (3017 + 600) * RATES["now"] // 1000)
    until(page, "document.querySelector('video').paused")
    page.keyboard.press("[")
    expect(page.locator("li.now .mark")).to_contain_text("Only Priya")
    expect(page.locator("#announced")).to_contain_text("moment 3 of 4")
    page.locator(".agreeing-choose").get_by_role("link", name="You both saw").click()
    expect(page.locator("[data-moment]")).to_have_count(1)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert_accessible(page)
    page.set_viewport_size({"width": 820, "height": 1180})
    assert_accessible(page)
