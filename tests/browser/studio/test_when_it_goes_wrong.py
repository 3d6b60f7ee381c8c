"""A clip that goes and a pair that ends while somebody is marking: plain words, and nothing that was typed is lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from tests.browser.conftest import assert_accessible, comes_about
from tests.browser.studio.helping import Studio, Tags, all_sent, show
from tests.support.world import World
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.clips.operations import end
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.services import Services

GONE = "This clip is not there any more, or no longer shared with you."


def _withdrawn(session: Session, world: World, clip: Clip) -> None:
    asha = session.get_one(Person, world.asha.id)
    end(session, session.get_one(Clip, clip.id), ClipState.WITHDRAWN, by=asha.id)


def _ended(session: Session, world: World, clip: Clip) -> None:
    people.end_pair(session, session.get_one(Pair, world.pair.id), by=None)


@pytest.mark.parametrize("happens", [_withdrawn, _ended])
def test_what_goes_while_it_is_marked_says_so_and_keeps_the_words(
    studio: Studio,
    services: Services,
    clip: Clip,
    world: World,
    tags: Tags,
    happens: Callable[[Session, World, Clip], None],
) -> None:
    page = studio(screen="ipad")
    show(page, 600)
    page.keyboard.press("1")
    all_sent(page)
    page.keyboard.press("n")
    page.keyboard.type("Four names in a row.")
    with services.database.transaction() as session:
        happens(session, world, clip)
    page.keyboard.press("Enter")
    card = page.locator("#refused .notice")
    expect(card).to_contain_text(GONE)
    expect(card).to_contain_text("Four names in a row.")
    expect(page.locator("#state")).to_contain_text(GONE)
    assert page.locator("video").evaluate("video => video.paused")
    assert_accessible(page)
    assert [tag.note for tag in tags()] == [""]


def test_a_browser_that_keeps_nothing_still_sends(studio: Studio, tags: Tags) -> None:
    page = studio()
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new DOMException('full'); }; }")
    show(page, 600)
    page.keyboard.press("1")
    expect(page.locator(".moment")).to_have_count(1)
    page.keyboard.press("n")
    page.keyboard.type("Kept.")
    page.keyboard.press("Enter")
    comes_about(page, lambda: [tag.note for tag in tags()] == ["Kept."])


def test_a_lesson_is_tagged_and_shared_by_keyboard_alone(studio: Studio, tags: Tags) -> None:
    page = studio()
    for key in ("Shift+ArrowRight", "Shift+ArrowRight", "ArrowLeft", "2", "s"):
        page.keyboard.press(key)
    page.keyboard.press("n")
    page.keyboard.type("By name, at the door.")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("o")
    page.keyboard.press("Escape")
    page.keyboard.press("[")
    expect(page.locator(".moment.chosen .step")).to_have_text("2Greet")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "share":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_contain_text("All yours are shared")
    (tag,) = tags()
    assert (tag.kind, tag.note, tag.shared_at is None) == ("strength", "By name, at the door.", False)
