"""Nothing is lost without a line, nothing arrives twice, and what is refused says why."""

from playwright.sync_api import Route, expect

from tests.browser.conftest import assert_accessible, until
from tests.browser.studio.helping import Studio, Tags, all_sent, show
from veo_workflow.clips.models import Clip
from veo_workflow.services import Services


def test_a_press_without_a_line_arrives_once_and_one_that_is_refused_says_why(
    studio: Studio, services: Services, clip: Clip, tags: Tags
) -> None:
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

    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).shared_with_coach_at = None
    page.keyboard.press("2")
    expect(page.locator("#refused")).to_contain_text("This clip is not there any more, or no longer shared with you.")
    expect(page.locator("#refused")).to_contain_text("0:14")
    page.get_by_role("button", name="Leave it out").click()
    expect(page.locator("#refused")).to_be_hidden()
    assert len(tags()) == 2


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


def test_a_conflict_shows_both_texts_and_one_is_kept(studio: Studio, tags: Tags) -> None:
    here = studio(screen="dark")
    here.keyboard.press("1")
    all_sent(here)
    ipad = studio(screen="ipad")
    ipad.locator(".moment .jump").tap()
    ipad.keyboard.press("k")
    for button, stood, others, own, kept in (
        ("Keep mine", "", "From the iPad.", "From here.", "From here."),
        ("Keep the other", "From here.", "Again from the iPad.", "Again from here.", "Again from the iPad."),
    ):
        here.route("**/tags", lambda route: route.abort())  # no news yet
        with ipad.expect_response("**/tags"):
            ipad.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(ipad.get_by_label("Note on this moment")).to_have_value(stood)
        for page, words in ((ipad, others), (here, own)):
            page.get_by_label("Note on this moment").fill(words)
            page.keyboard.press("Enter")
            if page is ipad:
                all_sent(page)
        card = here.locator("#refused .notice")
        expect(card).to_contain_text(others)
        expect(card).to_contain_text(own)
        if kept == own:
            assert_accessible(here)
        here.unroute("**/tags")
        card.get_by_role("button", name=button).click()
        expect(here.locator("#refused")).to_be_hidden()
        all_sent(here)
        expect(here.get_by_label("Note on this moment")).to_have_value(kept)
        assert [tag.note for tag in tags()] == [kept]
