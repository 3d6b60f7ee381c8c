"""What the pair takes along, in a real browser: moments as files, and the review on paper."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.test_screens import SCREENS, chromium, origin, sign_in
from tests.support.screens import wrong_on
from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips.models import Clip
from veo_workflow.services import Services

__all__ = ["chromium", "origin", "sign_in"]


@pytest.fixture
def marked(services: Services, world: World) -> Clip:
    with services.database.transaction() as session:
        clip = make_clip(session, world.cycle, world.asha)
        for at_ms in (10_017, 20_017):
            make_tag(session, clip, world.priya, world.strategy, at_ms=at_ms)
    return clip


def test_a_coachee_takes_moments_and_the_review_along(
    world: World, marked: Clip, origin: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(world.asha, **SCREENS["iPad standing"])
    page.goto(f"{origin}/clips/{marked.id}")
    page.get_by_role("link", name="Take along").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Moments to take along")
    for kind, ending in (("CSV", "csv"), ("WebVTT", "vtt"), ("ELAN", "eaf")):
        with page.expect_download() as taken:
            page.get_by_role("link", name=kind).click()
        assert taken.value.suggested_filename.endswith(f".{ending}")
    assert wrong_on(page, ("laptop", "dark", "ipad")) == []
    page.goto(f"{origin}/cycles/{world.cycle.id}/review")
    page.get_by_role("link", name="Take along").click()
    expect(page.get_by_role("button", name="Print it")).to_be_visible()
    page.get_by_role("link", name="With a still for each moment").click()
    expect(page.get_by_role("status").first).to_have_text("Every still is here.")
    expect(page.get_by_text("No picture", exact=True)).to_have_count(2)  # there is no film behind the row
    assert wrong_on(page, ("laptop", "dark", "ipad")) == []
    page.emulate_media(media="print", color_scheme="light")
    expect(page.get_by_role("link", name="As a PDF")).to_be_hidden()
    expect(page.get_by_role("heading", name="What happens next")).to_be_visible()
