"""The review's queue in a real browser: one page after the other, many things in a row."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import assert_accessible, until
from tests.browser.test_review import ReviewRoom, asha, films, open_review, priya, review, settled
from tests.support.screens import turn_to
from tests.support.world import World
from veo_workflow.clips.models import Clip
from veo_workflow.database import new_id, now
from veo_workflow.people.models import Pair
from veo_workflow.services import Services
from veo_workflow.tags.models import Tag, TagKind

__all__ = ["asha", "films", "open_review", "priya", "review"]

HEAR = "document.dispatchEvent(new Event('visibilitychange'))"  # as on coming back to the page
ROLES = """() => [...document.querySelectorAll(".queue [data-moment], .queue .grip")].map(
  (one) => one.tagName === "A" ? one.querySelector(".step").textContent.trim() : one.getAttribute("aria-label"))"""


def order(page: Page) -> list[str]:
    """The starts of the moments in the list, which tell them apart."""
    return [
        str(start) for start in page.locator("[data-moment]").evaluate_all("all => all.map((a) => a.dataset.start)")
    ]


def becomes(page: Page, starts: list[str]) -> None:
    for place, start in enumerate(starts):
        expect(page.locator("[data-moment]").nth(place)).to_have_attribute("data-start", start)
    assert order(page) == starts


def tab_to(page: Page, selector: str) -> None:
    """By Tab alone, as far as it takes."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reached {selector}")


def test_the_whole_review_by_keyboard_alone(review: ReviewRoom, asha: Page, priya: Page) -> None:
    """Nothing but keys, from the first moment to "I agree"; the other one sees it all."""
    settled(asha, review.frame(0))
    assert asha.evaluate(ROLES)[:2] == ["1Stand", "Move moment 1: drag it, or press the arrow keys"]
    assert asha.evaluate("document.querySelector('.queue').tagName") == "OL"
    asha.keyboard.press("n")
    expect(asha.locator("#announced")).to_contain_text("Moment 2 of 5")
    settled(asha, review.frame(1, end=True))
    expect(asha.locator("#announced")).to_contain_text("Time to talk.")
    expect(asha.locator("#talk")).to_have_class(re.compile("asking"))
    tab_to(asha, "#loop")
    asha.keyboard.press("Space")
    expect(asha.locator("#loop")).to_have_attribute("aria-pressed", "true")
    asha.keyboard.press("Space")
    tab_to(asha, ".discuss textarea")
    asha.keyboard.type("Names first, then the task.")
    tab_to(asha, '[name="do"][value="star"]')
    asha.keyboard.press("Enter")
    expect(asha.locator(".discuss:visible [value='unstar']")).to_be_focused()
    expect(asha.locator("li.now .mark.starred")).to_contain_text("Asha")
    expect(asha.locator("li.now .mark.good")).to_contain_text("Talked")
    tab_to(asha, '[name="do"][value="earlier"]')
    asha.keyboard.press("Enter")
    becomes(asha, ["1900", "500", "217", "1517", "2983"])
    tab_to(asha, ".queue > li:nth-child(3) .grip")
    asha.keyboard.press("ArrowDown")
    becomes(asha, ["1900", "500", "1517", "217", "2983"])
    expect(asha.locator(".queue > li:nth-child(4) .grip")).to_be_focused()
    asha.keyboard.press("ArrowUp")
    becomes(asha, ["1900", "500", "217", "1517", "2983"])
    tab_to(asha, "#celebrate-text")
    asha.keyboard.type("Calm doors.")
    tab_to(asha, '[name="action_what"]')
    asha.keyboard.type("Two queues")
    tab_to(asha, '[name="outcome"]')
    asha.keyboard.press("Space")
    expect(asha.locator("#saved")).to_contain_text("Saved at")
    tab_to(asha, "#i-agree")
    asha.keyboard.press("Enter")
    expect(asha.locator("#agree")).to_contain_text("Asha agreed at")

    priya.evaluate(HEAR)
    becomes(priya, ["1900", "500", "217", "1517", "2983"])
    expect(priya.get_by_label("Celebrate")).to_have_value("Calm doors.")
    expect(priya.locator(".queue > li:first-child")).to_contain_text("Asha")
    assert_accessible(priya)


def test_a_card_is_dragged_left_out_and_brought_back(review: ReviewRoom, asha: Page, priya: Page) -> None:
    settled(asha, review.frame(0))
    grip, goal = asha.locator(".queue .grip").nth(4), asha.locator(".queue > li").nth(1)
    from_, to = grip.bounding_box(), goal.bounding_box()
    assert from_ is not None
    assert to is not None
    asha.mouse.move(from_["x"] + 10, from_["y"] + 10)
    asha.mouse.down()
    asha.mouse.move(to["x"] + 30, to["y"] + 20, steps=4)
    asha.mouse.move(to["x"] + 30, to["y"] + 4, steps=2)
    expect(goal).to_have_class(re.compile("drop-before"))
    asha.mouse.up()
    becomes(asha, ["500", "2983", "1900", "217", "1517"])
    asha.locator("[data-moment]").nth(3).click()
    asha.locator(".discuss:visible").get_by_role("button", name="Leave it out").click()
    becomes(asha, ["500", "2983", "1900", "1517"])
    expect(asha.locator(".discuss:visible")).to_have_count(1)
    asha.get_by_role("link", name="1 left out").click()
    becomes(asha, ["217"])
    assert_accessible(asha)
    asha.get_by_role("button", name="Bring it back").click()
    expect(asha.get_by_role("heading", name="Nothing is left out")).to_be_visible()
    priya.reload()
    becomes(priya, ["500", "2983", "1900", "217", "1517"])
    priya.locator("[data-moment]").nth(1).click()
    priya.locator(".discuss:visible").get_by_role("button", name="Star").click()
    expect(priya.locator("li.now .mark.starred")).to_contain_text("Priya")
    priya.get_by_text("Choose and order").click()
    priya.locator("select[name=show]").select_option("starred")
    priya.get_by_role("button", name="Show these").click()
    becomes(priya, ["2983"])


def test_without_a_line_nothing_is_lost_and_both_texts_of_a_moment_are_shown(
    review: ReviewRoom, asha: Page, priya: Page
) -> None:
    settled(asha, review.frame(0))

    def cut(route: Route) -> None:
        route.abort()

    asha.route("**/api/cycles/**", cut)
    words = asha.locator(".discuss:visible textarea")
    words.fill("Mine, typed in the corridor.")
    asha.locator(".discuss:visible").get_by_role("button", name="Star").click()
    expect(asha.locator("#queue-trouble")).to_contain_text("The connection is gone for the moment.")
    assert_accessible(asha)
    priya.locator(".discuss:visible textarea").fill("Hers.")
    expect(priya.locator(".discuss:visible [data-saved]")).to_have_text("Saved.")
    asha.unroute_all()
    asha.evaluate("dispatchEvent(new Event('online'))")
    both = asha.get_by_role("group", name="You and Priya both changed “What we take from this moment”")
    expect(both).to_contain_text("Hers.")
    expect(words).to_have_value("Mine, typed in the corridor.")
    assert_accessible(asha)
    both.get_by_role("button", name="Keep both").click()
    expect(words).to_have_value("Hers.\n\nMine, typed in the corridor.")
    expect(words).to_be_focused()


def test_a_pair_that_ends_while_both_type_says_so_and_keeps_the_words_on_the_page(
    services: Services, review: ReviewRoom, asha: Page, priya: Page, world: World
) -> None:
    for page in (priya, asha):
        page.route("**/review/queue*", lambda _route: None)  # what would tell a page that nobody types in
    with services.database.transaction() as session:
        session.get_one(Pair, world.pair.id).ended_at = now()
    for page, sentence in ((priya, "the pair may have ended"), (asha, "This pair has ended")):
        page.get_by_label("Celebrate").fill("Typed too late.")
        expect(page.locator("#saved")).to_contain_text(sentence)
        expect(page.locator("#saved")).to_contain_text("copy it if you want to keep it")
        expect(page.get_by_label("Celebrate")).to_have_value("Typed too late.")
        expect(page.get_by_label("Celebrate")).not_to_be_editable()
        assert_accessible(page)


def test_five_hundred_moments_are_no_trouble(
    services: Services, review: ReviewRoom, open_review: Callable[..., Page], world: World
) -> None:
    with services.database.transaction() as session:
        clip = session.get_one(Clip, review.moments[4][1].clip_id)
        session.add_all(
            Tag(
                id=new_id(),
                clip_id=clip.id,
                author_id=world.priya.id,
                step_id=world.strategy.steps[number % 5].id,
                kind=TagKind.NOTE,
                pressed_ms=3650,
                start_ms=2983,
                end_ms=3650,
                note="Again.",
                shared_at=now(),
            )
            for number in range(500)
        )
    page = open_review(world.priya)
    for screen in ("ipad-dark", "laptop"):
        turn_to(page, screen)
        expect(page.locator("#queue-total")).to_have_text("505 moments")
        page.locator("[data-moment]").nth(59).click()
        expect(page.locator("#announced")).to_contain_text("Moment 60 of 60")
        page.locator(".discuss:visible").get_by_role("button", name="First", exact=True).click()
        until(page, "document.querySelector('.queue > li').classList.contains('now')")
        assert_accessible(page)
