"""States of a clip's page that are rare, in every light and on every screen."""

from playwright.sync_api import expect

from tests.browser.conftest import PageFor, assert_accessible_in_every_look
from tests.browser.studio.helping import Studio, Tags, all_sent
from tests.support.world import World, make_tag
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.services import Services
from veo_workflow.tags.models import Tag


def test_a_clip_that_is_busy_and_one_that_failed(
    page_for: PageFor, services: Services, clip: Clip, world: World
) -> None:
    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).state = ClipState.PROCESSING
    page = page_for(world.asha, f"/clips/{clip.id}")
    expect(page.locator("[data-progress=stage]")).to_have_text("Converting")
    assert_accessible_in_every_look(page)
    with services.database.transaction() as session:
        row = session.get_one(Clip, clip.id)
        row.state, row.reason, row.reason_code = ClipState.FAILED, "It stopped in the middle.", "damaged"
    page.reload()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert_accessible_in_every_look(page)


def test_five_hundred_moments_a_conflict_and_no_line(
    studio: Studio, services: Services, clip: Clip, world: World, tags: Tags
) -> None:
    with services.database.transaction() as session:
        for place in range(500):
            tag = make_tag(session, clip, world.asha, world.strategy, at_ms=1017 + 130 * place)
            tag.start_ms, tag.end_ms = tag.pressed_ms, tag.pressed_ms + 900
            tag.step_id = world.strategy.steps[place % 5].id
    page = studio()
    expect(page.locator("#moments-count")).to_have_text("500 moments")
    page.keyboard.press("1")
    all_sent(page)
    page.route("**/tags", lambda route: route.abort())  # no news of what another screen does
    with services.database.transaction() as session:
        (mine,) = session.query(Tag).where(Tag.author_id == world.priya.id)
        mine.note, mine.version = "From the iPad.", mine.version + 1
    page.get_by_label("Note on this moment").fill("From here.")
    page.keyboard.press("Enter")
    expect(page.locator("#refused .notice")).to_contain_text("From the iPad.")
    page.context.set_offline(True)
    page.keyboard.press("2")
    expect(page.locator("#unsent")).to_be_visible()
    assert_accessible_in_every_look(page)
    assert {tag.note for tag in tags() if tag.author_id == world.priya.id} == {"From the iPad."}
