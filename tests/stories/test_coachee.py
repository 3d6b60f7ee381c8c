"""A coachee's first cycle, from the invitation and the picture of reality to the outcome and the cycle after it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE
from tests.support.by_hand import SignIn
from tests.support.camera import ffmpeg
from tests.support.live import School
from veo_workflow.database import now
from veo_workflow.people import operations as people
from veo_workflow.people.models import LinkPurpose, Person

IPAD = {"viewport": {"width": 820, "height": 1180}, "has_touch": True}
CONVERTED_MS = 90_000
PASSWORD = "six small boats at sea"


@pytest.fixture(scope="module")
def invitation(school: School) -> str:
    """Mira is new at the school; the lead has made a pair of her and Priya, the administrator's link is hers."""
    world = school.world
    with school.services.database.transaction() as session:
        mira = people.add_person(
            session, school=world.pair.school_id, email="mira@example.org", name="Mira Bell", roles=frozenset()
        )
        session.flush()
        priya = session.get_one(Person, world.priya.id)
        people.make_pair(session, coach=priya, coachee=mira, starts_on=now().date(), ends_on=None, by=None)
        return f"{school.origin}/welcome/{people.make_link(session, LinkPurpose.INVITATION, mira)}"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A page of a book, as an iPad's camera leaves it."""
    path = tmp_path / "book.jpg"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x480", "-frames:v", 1, path)
    return path


@pytest.fixture
def mira(chromium: Browser, school: School, invitation: str) -> Page:
    """Her iPad, on which she has followed the link and chosen a password."""
    context = chromium.new_context(**IPAD)
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    page.goto(invitation)
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome, Mira")
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Save it and sign in").click()
    return page


def test_a_coachees_first_cycle_from_the_picture_of_reality_to_the_next_cycle(
    school: School, mira: Page, lesson: Path, photo: Path, sign_in: SignIn
) -> None:
    begins_a_cycle(mira)
    cycle = mira.url.split("#")[0]
    priya = sign_in(school.world.priya)

    says_how_it_is_today(mira)
    adds_pupil_work(mira, cycle, photo)
    adds_what_was_seen_in_the_room(priya, cycle)
    films_and_shares(mira, cycle, lesson)
    agree_on_a_goal(mira, cycle)
    chooses_a_strategy_and_adapts_a_step(mira, cycle)
    writes_how_it_was_modelled(priya, cycle)

    goes_on_to(mira, cycle, "Learn")
    practises(mira, cycle)
    sends_something_to_read_and_a_line(priya, cycle)
    reads_both(mira, cycle)

    goes_on_to(mira, cycle, "Improve")
    marks_two_moments(priya, cycle)
    looks_back_and_agrees(mira, cycle)
    agrees_too(priya, cycle)
    stands_in_the_next_cycle(mira, cycle)


def begins_a_cycle(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="Begin").first.click()
    page.get_by_label("What is it about?").fill("Coming in")
    page.get_by_role("button", name="Begin the cycle").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Coming in")


def says_how_it_is_today(page: Page) -> None:
    page.get_by_role("link", name="Answer the questions about how it is today").click()
    page.locator(".one-to-ten label", has_text="4").click()
    page.locator("textarea").nth(1).fill("A pen in every hand before the register.")
    page.get_by_role("button", name="Save your answers").click()
    expect(page.locator("#identify")).to_contain_text("4 of 10. A pen in every hand before the register.")


def adds_pupil_work(page: Page, cycle: str, photo: Path) -> None:
    page.goto(f"{cycle}/evidence")
    page.get_by_role("region", name="Add").get_by_role("link", name="Pupil work").click()
    page.get_by_label("What was seen?").fill("The starter is done in five books of six.")
    page.get_by_role("button", name="Save it").click()
    page.get_by_label("Add a photo or a PDF").set_input_files(photo)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".files img")).to_be_visible()


def adds_what_was_seen_in_the_room(page: Page, cycle: str) -> None:
    page.goto(f"{cycle}/evidence")
    expect(page.locator(".files img")).to_be_visible()
    page.get_by_role("region", name="Add").get_by_role("link", name="Observation notes").click()
    page.get_by_label("What was seen?").fill("Four minutes from the bell to the first pen.")
    page.get_by_role("button", name="Save it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Observation notes")


def films_and_shares(page: Page, cycle: str, lesson: Path) -> None:
    page.goto(f"{cycle}/upload")
    page.get_by_label("Choose").set_input_files(lesson)
    page.get_by_label("The recording notice was given").check()
    page.get_by_label("Nobody who opted out is in it").check()
    page.get_by_role("button", name="Upload it").click()
    page.get_by_role("link", name="Open the clip").click(timeout=CONVERTED_MS)
    page.locator("main[data-ready]").wait_for()
    page.get_by_role("button", name="Share the clip with Priya").click()
    page.get_by_role("dialog").get_by_role("button", name="Share with Priya").click()
    expect(page.locator(".studio-head")).to_contain_text("You and Priya can see this")


def agree_on_a_goal(page: Page, cycle: str) -> None:
    page.goto(f"{cycle}/goal")
    page.get_by_label("What will pupils be doing, and by when?").fill("Everybody writes within two minutes.")
    page.get_by_label("What do you count or time?").fill("Minutes until all write")
    page.get_by_label("In what?").fill("minutes")
    page.get_by_label("Now", exact=True).fill("4:00")
    page.get_by_label("Goal", exact=True).fill("2:00")
    page.get_by_label("How will you both know?").fill("A stopwatch, three Mondays.")
    page.get_by_role("button", name="Save the goal").click()
    expect(page.locator("#goal")).to_contain_text("Everybody writes within two minutes.")


def chooses_a_strategy_and_adapts_a_step(page: Page, cycle: str) -> None:
    page.goto(f"{cycle}/strategies")
    page.get_by_label("A calm start").check()
    page.get_by_role("button", name="Use what is ticked").click()
    page.get_by_role("link", name="Do it our way").first.click()
    page.get_by_label("How do the two of you do this step?").fill("At the door, with the register in one hand.")
    page.get_by_role("button", name="Save your way").click()
    expect(page.locator("#strategies")).to_contain_text("At the door, with the register in one hand.")


def writes_how_it_was_modelled(page: Page, cycle: str) -> None:
    page.goto(cycle)
    page.get_by_role("link", name="Record how it was modelled").click()
    page.get_by_label("Watched live").check()
    page.get_by_label("Who modelled it?").fill("Priya")
    page.get_by_label("When?").fill(now().date().isoformat())
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("region", name="So far")).to_contain_text("Watched live")


def goes_on_to(page: Page, cycle: str, stage: str) -> None:
    page.goto(cycle)
    page.get_by_role("button", name=f"Move on to {stage}").click()
    expect(page.locator(".stage-nav [aria-current=step]")).to_contain_text(stage)


def practises(page: Page, cycle: str) -> None:
    page.get_by_role("link", name="Open your checklist").click()
    expect(page.get_by_text("At the door, with the register in one hand.")).to_be_visible()
    page.locator(".checklist label").first.click()
    expect(page.locator(".checklist input[type=checkbox]").first).to_be_checked()
    page.get_by_role("link", name="Write how it went").click()
    page.get_by_label("Class").fill("9B")
    page.get_by_label("What happened?").fill("Quieter than last week.")
    page.get_by_role("button", name="Save").click()
    page.goto(cycle)
    expect(page.locator("#practice")).to_contain_text("Quieter than last week.")


def sends_something_to_read_and_a_line(page: Page, cycle: str) -> None:
    page.goto(f"{cycle}#practice")
    expect(page.locator("#practice")).to_contain_text("Quieter than last week.")
    page.get_by_role("link", name="Send a link").click()
    page.get_by_label("Address").fill("https://example.org/entry-routines")
    page.get_by_label("What is it?").fill("Five ways to open a lesson")
    page.get_by_role("button", name="Send it").click()
    page.goto(f"{cycle}/conversation")
    page.get_by_label("To Mira").fill("Well begun. Shall we look at Thursday’s clip together?")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".message")).to_have_count(1)


def reads_both(page: Page, cycle: str) -> None:
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("Priya wrote to you")
    page.goto(f"{cycle}/conversation")
    expect(page.get_by_text("Shall we look at Thursday’s clip together?")).to_be_visible()
    page.goto(cycle)
    expect(page.locator("#resources")).to_contain_text("Five ways to open a lesson")


def marks_two_moments(page: Page, cycle: str) -> None:
    page.goto(f"{cycle}#clips")
    page.locator("#clips").get_by_role("link", name="Coming in").first.click()
    page.locator("main[data-ready]").wait_for()
    for key, frame in (("1", "60"), ("2", "200")):
        page.locator("#scrub").fill(frame)
        page.locator("h1").click()
        page.keyboard.press(key)
    expect(page.locator(".moment")).to_have_count(2)
    page.get_by_role("button", name="Share with Mira").click()
    expect(page.locator(".moment .mark", has_text="Shared")).to_have_count(2)


def looks_back_and_agrees(page: Page, cycle: str) -> None:
    page.goto(f"{cycle}/review")
    expect(page.locator("[data-moment]")).to_have_count(2)
    page.get_by_label("Now, in minutes").fill("2:30")
    page.get_by_role("button", name="Record it").click()
    page.get_by_label("Celebrate").fill("They wait for nobody now.")
    page.get_by_label("Improve", exact=True).fill("The last table is still slow.")
    page.locator(".outcome", has_text="Continue").click()
    expect(page.locator("#i-agree")).to_be_visible()
    page.locator("#i-agree").click()
    expect(page.locator("#agree")).to_contain_text("Mira agreed")


def agrees_too(page: Page, cycle: str) -> None:
    page.goto(f"{cycle}/review")
    expect(page.get_by_label("Celebrate")).to_have_value("They wait for nobody now.")
    page.locator("#i-agree").click()
    expect(page.get_by_role("link", name="Go on to the next cycle")).to_be_visible()


def stands_in_the_next_cycle(page: Page, cycle: str) -> None:
    """With the goal, the strategy and the pair's own way; what was measured last is where it begins."""
    page.goto(cycle)
    page.get_by_role("link", name="Go on to the next cycle").click()
    expect(page.get_by_role("link", name="The cycle it carries on")).to_be_visible()
    expect(page.locator("#goal")).to_contain_text("Everybody writes within two minutes.")
    expect(page.locator("#goal")).to_contain_text("2:30")
    expect(page.locator("#strategies")).to_contain_text("At the door, with the register in one hand.")
    expect(page.locator("#practice")).not_to_contain_text("Quieter than last week.")
