"""Nothing is lost without a line, nothing arrives twice, and what is refused says why."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import until
from tests.browser.studio.helping import Studio, Tags, all_sent, show
from veo_workflow.clips.models import Clip
from veo_workflow.services import Services


def test_a_press_without_a_line_is_counted_kept_and_arrives_once(studio: Studio, tags: Tags) -> None:
    page = studio()
    show(page, 600)
    page.context.set_offline(True)
    page.keyboard.press("1")
    page.keyboard.press("s")
    page.keyboard.press("4")
    expect(page.locator("#unsent")).to_contain_text("unsent")
    expect(page.locator("#lanes [data-id]")).to_have_count(2)
    assert tags() == []
    page.context.set_offline(False)
    all_sent(page)
    expect(page.locator("#unsent")).to_be_hidden()
    assert sorted(tag.kind.value for tag in tags()) == ["note", "strength"]


def test_a_lost_reply_and_a_closed_page_still_make_one_tag(studio: Studio, tags: Tags) -> None:
    page = studio()
    show(page, 600)
    lost = []

    def lose_the_reply(route: Route) -> None:
        route.fetch()
        lost.append(route.request.method)
        route.abort()

    page.route("**/api/clips/*/tags/*", lose_the_reply)
    page.keyboard.press("1")
    expect(page.locator("#unsent")).to_be_visible()  # so that it has been tried
    page.keyboard.press("q")
    until(page, "document.getElementById('unsent').textContent.includes('2 unsent')")
    page.unroute_all(behavior="wait")
    page.reload()
    expect(page.locator(".moment")).to_have_count(1)
    expect(page.locator(".moment .about")).to_contain_text("Question")
    all_sent(page)
    assert lost
    assert [(tag.kind.value, tag.version) for tag in tags()] == [("question", 2)]


def test_what_is_refused_is_shown_with_its_reason(studio: Studio, services: Services, clip: Clip, tags: Tags) -> None:
    page = studio()
    show(page, 600)
    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).shared_with_coach_at = None
    page.keyboard.press("1")
    expect(page.locator("#refused")).to_contain_text("This clip is not there any more, or no longer shared with you.")
    expect(page.locator("#refused")).to_contain_text("0:14")
    page.get_by_role("button", name="Leave it out").click()
    expect(page.locator("#refused")).to_be_hidden()
    assert tags() == []


@pytest.mark.parametrize(("button", "kept"), [("Keep mine", "From here."), ("Keep the other", "From the iPad.")])
def test_a_conflict_shows_both_texts_and_one_is_kept(studio: Studio, tags: Tags, button: str, kept: str) -> None:
    here = studio()
    here.keyboard.press("1")
    all_sent(here)
    ipad = studio(screen="ipad")
    for page, words in ((ipad, "From the iPad."), (here, "From here.")):
        page.locator(".moment .jump").click()
        page.keyboard.press("n")
        page.keyboard.type(words)
        page.keyboard.press("Enter")
        if page is ipad:
            all_sent(page)
    card = here.locator("#refused .notice")
    expect(card).to_contain_text("From the iPad.")
    expect(card).to_contain_text("From here.")
    card.get_by_role("button", name=button).click()
    expect(here.locator("#refused")).to_be_hidden()
    all_sent(here)
    expect(here.get_by_label("Note on this moment")).to_have_value(kept)
    assert [tag.note for tag in tags()] == [kept]
