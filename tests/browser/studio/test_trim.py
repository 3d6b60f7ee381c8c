"""The coachee keeps a span of a clip: what is warned of, what is left, and what became of the moments."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import (
    PageFor,
    assert_accessible,
    assert_accessible_in_every_look,
    pictured,
    shows,
    until,
)
from tests.browser.studio.helping import RATE, SECONDS, Studio, Tags, all_sent, frame_of, playing, show
from tests.support.world import World, make_tag
from veo_workflow.clips import processing
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.reviews.models import Review, ReviewMoment
from veo_workflow.services import Services
from veo_workflow.tags.rules import middle_of_frame

FIRST, LAST = 600, 1199
CONVERTED_MS = 200_000  # converting shares two cores with everything else


@pytest.fixture
def marked(services: Services, clip: Clip, world: World) -> Clip:
    """Eight moments: five by Priya, one of them shared, three by Asha; one begins before what is going to be kept.

    Of Asha's first the review says something.
    """
    with services.database.transaction() as session:
        for number, frame in enumerate((90, 300, 630, 900, 1500)):
            tag = make_tag(session, clip, world.priya, world.strategy, shared=number == 3)
            tag.pressed_ms, tag.start_ms, tag.end_ms = (middle_of_frame(n, RATE) for n in (frame, frame - 60, frame))
        session.add(Review(cycle_id=clip.cycle_id))
        for frame in (120, 700, 1100):
            tag = make_tag(session, clip, world.asha, world.strategy)
            tag.pressed_ms, tag.start_ms, tag.end_ms = (middle_of_frame(n, RATE) for n in (frame, frame - 60, frame))
            session.flush()
            taken = "Names first." if frame == 120 else ""
            session.add(ReviewMoment(cycle_id=clip.cycle_id, tag_id=tag.id, taken=taken))
    return clip


def trim_page(page: Page) -> Page:
    page.locator("main.trimming[data-ready]").wait_for()
    until(page, "document.querySelector('video').readyState >= 2")
    return page


def choose(page: Page) -> None:
    """Keep FIRST to LAST, each set to the frame that is on screen."""
    show(page, FIRST)
    page.get_by_role("button", name="Start here").click()
    show(page, LAST)
    page.get_by_role("button", name="End here").click()


def test_the_frame_of_a_moment_that_stays_is_the_frame_that_was_marked(
    studio: Studio, services: Services, marked: Clip, world: World, tags: Tags
) -> None:
    priya = studio()
    show(priya, 650)
    priya.context.set_offline(True)
    priya.keyboard.press("1")
    expect(priya.locator("#unsent")).to_be_visible()

    asha = studio("asha")
    before = {tag.id: frame_of(tag.start_ms) for tag in tags()}
    asha.get_by_role("link", name="Trim").click()
    trim_page(asha)
    choose(asha)
    goes = (
        "0:50 of 1:10 goes for good, and with it 4 of 8 moments (3 of them Priya’s), "
        "and what your review says of the one at 0:02."
    )
    expect(asha.locator("#goes")).to_have_text(goes)
    asha.get_by_role("button", name="Trim the clip").click()
    expect(asha.get_by_role("dialog")).to_contain_text(goes)
    asha.get_by_role("button", name="Erase the rest").click()

    expect(asha.get_by_role("heading", level=1)).to_have_text("Coming in after lunch is being trimmed")
    expect(asha.locator("[data-progress=stage]")).to_have_text("Trimming")
    assert_accessible(asha)
    processing.process(services, marked.id)
    asha.locator("main.studio-main[data-ready]").wait_for(timeout=CONVERTED_MS)
    until(asha, "document.querySelector('video').readyState >= 2")
    expect(asha.locator(".now-time")).to_contain_text("of 0:20")
    expect(asha.locator(".moment")).to_have_count(3)
    kept = {tag.id: frame_of(tag.start_ms) for tag in tags()}
    assert len(kept) == 4
    for item in asha.locator(".moment").all():
        asha.keyboard.press("]")
        expect(item).to_have_class("moment chosen")
        asha.locator("body").evaluate("document.activeElement.blur()")
        tag_id = next(tag for tag in kept if str(tag) == item.get_attribute("data-id"))
        expect(asha.locator("[data-frame]")).to_have_attribute("data-frame", str(kept[tag_id]))
        until(asha, "!document.querySelector('video').seeking")
        pictured(asha, max(before[tag_id], FIRST))

    priya.context.set_offline(False)
    expect(priya.locator("#refused")).to_contain_text("The clip has been trimmed since")
    expect(priya.locator("#refused")).to_contain_text("0:15")
    all_left = len(tags())
    priya.get_by_role("button", name="Leave it out").click()
    all_sent(priya)
    assert len(tags()) == all_left == 4


def test_a_tag_that_waited_over_a_reload_is_refused_too(
    studio: Studio, services: Services, clip: Clip, tags: Tags
) -> None:
    page = studio()
    show(page, 900)
    page.route("**/api/clips/*/tags/*", lambda route: route.abort())
    page.keyboard.press("1")
    expect(page.locator("#unsent")).to_be_visible()
    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).edition = 1
    page.unroute_all(behavior="wait")
    page.reload()
    expect(page.locator("#refused")).to_contain_text("The clip has been trimmed since")
    expect(page.locator(".moment")).to_have_count(0)
    page.keyboard.press("2")
    unsent = "key.startsWith('veo unsent') && !value.includes('trimmed_since')"
    until(page, f"!Object.entries(localStorage).some(([key, value]) => {unsent})")
    assert len(tags()) == 1


def test_ends_by_dragging_by_nudges_and_by_keys(studio: Studio, page_for: PageFor, clip: Clip, world: World) -> None:
    page = trim_page(page_for(world.asha, f"/clips/{clip.id}/trim"))
    start, end = page.get_by_role("slider", name="Start"), page.get_by_role("slider", name="End")
    expect(page.get_by_role("button", name="Trim the clip")).to_be_disabled()
    start.fill("300")
    shows(page, 300)
    page.get_by_role("button", name="+1 fr start").click()
    shows(page, 301)
    page.get_by_role("button", name="−1 s start").click()
    shows(page, 271)
    end.press("ArrowLeft")
    shows(page, SECONDS * RATE - 2)
    expect(page.locator("#goes")).to_have_text("0:10 of 1:10 goes for good.")
    show(page, 400)
    page.keyboard.press("i")
    show(page, 430)
    page.keyboard.press("o")
    expect(start).to_have_value("400")
    expect(end).to_have_value("430")
    end.fill("100")
    expect(start).to_have_value("86")  # the start gives way: half a second stays
    assert start.get_attribute("aria-valuetext") == "2 seconds"
    page.get_by_role("button", name="Play what stays").click()
    until(page, "!document.querySelector('video').paused")
    expect(page.locator("[data-frame]")).to_have_attribute("data-frame", "100")
    until(page, "document.querySelector('video').paused")
    shows(page, 100)
    assert not playing(page)


def test_by_keyboard_alone(page_for: PageFor, services: Services, clip: Clip, world: World) -> None:
    page = trim_page(page_for(world.asha, f"/clips/{clip.id}/trim"))
    show(page, FIRST)
    page.keyboard.press("i")
    button = page.get_by_role("button", name="Trim the clip")
    expect(button).to_be_enabled()
    button.press("Enter")
    expect(page.get_by_role("button", name="Go back")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    button.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("is being trimmed")
    with services.database.reading() as session:
        row = session.get_one(Clip, clip.id)
    assert (row.state, row.kept_from, row.kept_to) == (ClipState.QUEUED, FIRST, SECONDS * RATE - 1)


def test_a_moment_marked_meanwhile_is_counted_before_anything_goes(
    page_for: PageFor, services: Services, clip: Clip, world: World
) -> None:
    page = trim_page(page_for(world.asha, f"/clips/{clip.id}/trim"))
    choose(page)
    expect(page.locator("#goes")).to_have_text("0:50 of 1:10 goes for good.")
    page.get_by_role("button", name="Trim the clip").click()
    with services.database.transaction() as session:
        make_tag(session, clip, world.priya, world.strategy, shared=False)
    page.get_by_role("button", name="Erase the rest").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody has marked another moment in the part that goes.")
    trim_page(page)
    expect(page.get_by_role("slider", name="Start")).to_have_value(str(FIRST))
    expect(page.get_by_role("slider", name="End")).to_have_value(str(LAST))
    expect(page.locator("#goes")).to_contain_text("1 of 1 moment (Priya’s)")
    assert_accessible(page)


def test_no_axe_violation_while_choosing_and_confirming(page_for: PageFor, marked: Clip, world: World) -> None:
    page = trim_page(page_for(world.asha, f"/clips/{marked.id}/trim"))
    assert_accessible_in_every_look(page)
    choose(page)
    expect(page.locator("#goes")).to_contain_text("4 of 8 moments")
    assert_accessible_in_every_look(page)
    page.get_by_role("button", name="Trim the clip").click()
    assert_accessible_in_every_look(page)


def test_only_the_owner_is_offered_it(studio: Studio) -> None:
    expect(studio("asha").get_by_role("link", name="Trim")).to_be_visible()
    expect(studio("priya").get_by_role("link", name="Trim")).to_have_count(0)
