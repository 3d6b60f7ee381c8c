"""The review's rare states in every light and on every screen, and what is left of it to do with keys."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import PageFor, assert_accessible_in_every_look
from tests.browser.test_review import ReviewRoom, asha, deaf, films, open_review, review, settled
from tests.browser.test_review_queue import becomes, tab_to
from tests.support.screens import ACROSS, UPRIGHT
from tests.support.world import World
from veo_workflow.clips.models import Clip
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.database import new_id, now
from veo_workflow.reviews.models import Review, ReviewMoment
from veo_workflow.services import Services
from veo_workflow.tags.models import Tag, TagKind

__all__ = ["asha", "films", "open_review", "review"]

ROWS_OF_LINKS = """() => new Set([...document.querySelectorAll(".room .text-link")]
  .map((link) => Math.round(link.getBoundingClientRect().top))).size"""
FIRST_AND_LAST = """
- list "Moments to talk about":
  - listitem:
    - text: "1"
    - img "The picture at 0:00"
    - link "1 Stand 0:00 then, Where we started"
    - text: Starred by Priya Talked
    - 'button "Move moment 1: drag it, or press the arrow keys"'
  - listitem:
    - text: "2"
    - link "2 Greet 0:01 then, Where we started"
    - 'button "Move moment 2: drag it, or press the arrow keys"'
  - listitem:
    - link "1 Stand 0:00 now, Coming in after lunch"
  - listitem:
    - link "2 Greet 0:01 now, Coming in after lunch"
  - listitem:
    - text: "5"
    - link "No step 0:02 now, Coming in after lunch"
    - 'button "Move moment 5: drag it, or press the arrow keys"'
"""


def test_a_review_without_moments(page_for: PageFor, services: Services, world: World) -> None:
    with services.database.transaction() as session:
        session.get_one(Cycle, world.cycle.id).stage = Stage.IMPROVE
    page = page_for(world.asha, f"/cycles/{world.cycle.id}/review")
    expect(page.get_by_role("heading", name="No shared moments yet")).to_be_visible()
    assert_accessible_in_every_look(page)
    for screen in (UPRIGHT, ACROSS):
        page.set_viewport_size(screen)
        assert page.evaluate(ROWS_OF_LINKS) == 1


def test_five_hundred_moments_both_texts_of_one_and_no_line(
    services: Services, review: ReviewRoom, asha: Page, world: World
) -> None:
    with services.database.transaction() as session:
        clip = session.get_one(Clip, review.moments[4][1].clip_id)
        session.add_all(_again(clip, world, number) for number in range(500))
    asha.reload()
    expect(asha.locator("#queue-total")).to_have_text("505 moments")
    asha.get_by_role("button", name="Join the room").click()
    expect(asha.locator("#room-words")).to_have_text("You are leading. Priya is not here yet.")
    deaf(asha)
    _talked_about(services, review.moments[0][1], world)
    asha.locator(".discuss:visible textarea").fill("Mine.")
    expect(asha.get_by_role("button", name="Keep both")).to_be_visible()
    asha.route("**/api/cycles/**", lambda route: route.abort())
    asha.locator(".discuss:visible").get_by_role("button", name="Talked about").click()
    expect(asha.locator("#queue-trouble")).to_contain_text("The connection is gone for the moment.")
    assert_accessible_in_every_look(asha)


def test_the_list_is_read_in_order_and_the_rest_is_done_with_keys(
    services: Services, review: ReviewRoom, asha: Page, world: World
) -> None:
    """What the pair does less often: listing some only, leaving out, bringing back, and joining the room."""
    _talked_about(services, review.moments[0][1], world)
    asha.reload()
    settled(asha, review.frame(0))
    expect(asha.get_by_role("list", name="Moments to talk about")).to_match_aria_snapshot(FIRST_AND_LAST)
    tab_to(asha, "#room-join")
    asha.keyboard.press("Enter")
    expect(asha.locator("#room-words")).to_have_text("You are leading. Priya is not here yet.")
    expect(asha.locator("#room-leave")).to_be_focused()
    asha.keyboard.press("Enter")
    expect(asha.locator("#room-join")).to_be_focused()
    tab_to(asha, ".discuss [value=leave_out]")
    asha.keyboard.press("Enter")
    becomes(asha, ["1900", "217", "1517", "2983"])
    tab_to(asha, ".narrow > summary")
    asha.keyboard.press("Enter")
    tab_to(asha, "select[name=show]")
    asha.keyboard.type("Left out")
    tab_to(asha, ".narrow button")
    asha.keyboard.press("Enter")
    becomes(asha, ["500"])
    tab_to(asha, ".discuss [value=bring_back]")
    asha.keyboard.press("Enter")
    expect(asha.get_by_role("heading", name="Nothing is left out")).to_be_visible()
    tab_to(asha, "#improve-text")
    asha.keyboard.type("Two queues.")
    expect(asha.locator("#saved")).to_contain_text("Saved at")


def _talked_about(services: Services, tag: Tag, world: World) -> None:
    """Priya gave the moment a star and wrote what she takes from it."""
    with services.database.transaction() as session:
        session.add(Review(cycle_id=world.cycle.id))
        session.flush()
        moment = ReviewMoment(cycle_id=world.cycle.id, tag_id=tag.id, starred_by_id=world.priya.id, talked_at=now())
        moment.taken, moment.taken_by_id, moment.taken_at = "Hers.", world.priya.id, now()
        session.add(moment)


def _again(clip: Clip, world: World, number: int) -> Tag:
    at = {"pressed_ms": 3650, "start_ms": 2983, "end_ms": 3650, "note": "Again.", "shared_at": now()}
    step = world.strategy.steps[number % 5].id
    return Tag(id=new_id(), clip_id=clip.id, author_id=world.priya.id, step_id=step, kind=TagKind.NOTE, **at)
