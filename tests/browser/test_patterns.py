"""Patterns in a real browser: read aloud, for every screen, and never wider than it."""

from playwright.sync_api import expect

from tests.browser.conftest import PageFor, assert_accessible
from tests.browser.test_review import ReviewRoom, films, review
from tests.support.world import World, make_tag
from veo_workflow.clips.models import Clip
from veo_workflow.services import Services

__all__ = ["films", "review"]


def test_both_pages_of_patterns_read_well_on_every_screen(
    review: ReviewRoom, page_for: PageFor, world: World, services: Services
) -> None:
    clip_id = review.moments[2][1].clip_id
    state = next(step for step in world.strategy.steps if step.press.value == "start_end")
    with services.database.transaction() as session:
        tag = make_tag(session, session.get_one(Clip, clip_id), world.asha, world.strategy)
        tag.step_id, tag.start_ms, tag.end_ms = state.id, 1000, 3000
    page = page_for(world.asha, f"/cycles/{world.cycle.id}/patterns")
    page.emulate_media(reduced_motion="reduce")
    chart = page.get_by_role("img", name="Share of the film in each state, then and now")
    expect(chart).to_be_visible()
    assert "now 50 % (0:02 of 0:04)" in (chart.text_content() or "")
    page.get_by_text("These figures as a table").click()
    expect(page.get_by_role("cell", name="50 % (0:02 of 0:04)")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Coming in after lunch").click()
    expect(page.get_by_role("img", name="Moments of each step along the clip")).to_be_visible()
    assert_accessible(page)
    page.set_viewport_size({"width": 820, "height": 1180})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert_accessible(page)
    page.go_back()
    assert_accessible(page)
