"""Words under a shared moment: written while the picture waits, kept until they are sent, sent once."""

from playwright.sync_api import expect
from sqlalchemy import select

from tests.browser.conftest import assert_accessible, until
from tests.browser.studio.helping import Studio, all_sent, playing
from tests.support.world import World, make_tag
from veo_workflow.clips.models import Clip
from veo_workflow.services import Services
from veo_workflow.tags.models import Reply


def test_replies_by_key_and_by_tap_with_and_without_a_line(
    studio: Studio, services: Services, clip: Clip, world: World
) -> None:
    with services.database.transaction() as session:
        make_tag(session, clip, world.priya, world.strategy).note = "Ten full seconds."
        make_tag(session, clip, world.asha, world.strategy, at_ms=50_017, shared=False)

    asha = studio("asha", "ipad")
    asha.locator(".moment .jump").first.tap()
    asha.locator("#reply").fill("Half a")
    asha.reload()
    asha.locator("main[data-ready]").wait_for()
    asha.locator(".moment .jump").first.tap()
    expect(asha.locator("#reply")).to_have_value("Half a")
    asha.locator("#reply").fill("I had not seen the back table.")
    asha.context.set_offline(True)
    asha.get_by_role("button", name="Reply", exact=True).tap()
    expect(asha.locator("#unsent")).to_have_text("1 unsent")
    expect(asha.locator(".replies p")).to_have_text("You I had not seen the back table.")
    assert_accessible(asha)
    asha.context.set_offline(False)
    all_sent(asha)
    asha.locator(".moment .jump").nth(1).tap()
    expect(asha.locator("#reply")).to_have_count(0)

    priya = studio("priya")
    priya.keyboard.press("]")
    expect(priya.locator(".replies p")).to_have_text("Asha I had not seen the back table.")
    priya.keyboard.press("k")
    until(priya, "!document.querySelector('video').paused")
    priya.keyboard.press("a")
    assert not playing(priya)
    priya.keyboard.type("Nor I.")
    priya.keyboard.press("Enter")
    until(priya, "!document.querySelector('video').paused")
    all_sent(priya)
    priya.get_by_role("button", name="Take this reply back").click()
    expect(priya.locator(".replies p")).to_have_count(1)
    all_sent(priya)
    with services.database.reading() as session:
        assert list(session.scalars(select(Reply.text))) == ["I had not seen the back table."]
