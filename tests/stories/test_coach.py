"""A coach with three pairs in one half-term: sessions planned, moved and held, moments marked, and the logs."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.by_hand import SignIn
from tests.support.live import School
from tests.support.world import make_cycle
from veo_workflow.database import now
from veo_workflow.people import operations as people
from veo_workflow.people.models import Person

CONVERTED_SECONDS = 90


@pytest.fixture(scope="module")
def three_pairs(school: School) -> None:
    """Priya coaches Tess and Sam, too, each in a cycle that has begun."""
    world = school.world
    with school.services.database.transaction() as session:
        priya = session.get_one(Person, world.priya.id)
        for coachee in (world.tess, world.sam):
            colleague = session.get_one(Person, coachee.id)
            pair = people.make_pair(
                session, coach=priya, coachee=colleague, starts_on=now().date(), ends_on=None, by=None
            )
            session.flush()
            cycle = make_cycle(session, pair, colleague, focus=f"Questioning with {colleague.given_name}")
            cycle.term_id = world.cycle.term_id


def test_a_coach_with_three_pairs_in_one_half_term(
    school: School, three_pairs: None, lesson: Path, sign_in: SignIn
) -> None:
    world = school.world
    asha_films(school, lesson, sign_in)
    priya = sign_in(world.priya)
    expect(priya.locator(".coached h3")).to_have_count(3)

    meets(priya, "Asha", days=-1, at="08:05")
    priya.get_by_label("For how many minutes?").fill("25")
    priya.get_by_role("button", name="Record it as held").click()
    meets(priya, "Tess", days=2, at="15:30")
    priya.get_by_label("Time", exact=True).fill("16:00")
    priya.get_by_role("button", name="Save the session").click()
    meets(priya, "Sam", days=3, at="12:15")
    priya.get_by_role("button", name="Cancel the session").click()

    marks_two_moments_for_asha(priya, school)
    writes_ashas_log(priya)
    keeps_tesss_log_for_later(priya)

    the_lead_reads_what_is_hers_and_asks_for_the_rest(sign_in(world.lena))
    hands_in_what_the_lead_asked_for(priya)
    asha_reads_the_log_and_the_moments(sign_in(world.asha))
    tess_hears_of_the_new_time(sign_in(world.tess))


def asha_films(school: School, lesson: Path, sign_in: SignIn) -> None:
    where = ["--as", school.world.asha.email, "--cycle", str(school.world.cycle.id), "--purpose", "baseline"]
    done = school.veo("clip", "add", str(lesson), *where, "--wait", "--json", seconds=CONVERTED_SECONDS)
    clip = json.loads(done.stdout)
    assert clip["state"] == "ready", done.stderr
    page = sign_in(school.world.asha)
    page.goto(f"{school.origin}/clips/{clip['id']}")
    page.locator("main[data-ready]").wait_for()
    page.get_by_role("button", name="Share the clip with Priya").click()
    page.get_by_role("dialog").get_by_role("button", name="Share with Priya").click()
    expect(page.locator(".studio-head")).to_contain_text("You and Priya can see this")


def meets(page: Page, coachee: str, *, days: int, at: str) -> None:
    """Plans a session in the cycle with that coachee; the page shows it then."""
    page.get_by_role("link", name="Home", exact=True).click()
    page.locator(".coached").get_by_role("link", name=coachee).click()
    page.get_by_role("link", name="Plan a session").click()
    page.get_by_label("Day").fill((now() + timedelta(days=days)).date().isoformat())
    page.get_by_label("Time", exact=True).fill(at)
    page.get_by_label("Minutes").fill("30")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_text(f"meet {coachee}")).to_be_visible()


def marks_two_moments_for_asha(page: Page, school: School) -> None:
    page.goto(f"{school.origin}/cycles/{school.world.cycle.id}")
    page.get_by_role("link", name="Coming in", exact=True).click()
    page.locator("main[data-ready]").wait_for()
    for key, frame in (("1", "60"), ("2", "200")):
        page.locator("#scrub").fill(frame)
        page.locator("h1").click()
        page.keyboard.press(key)
    expect(page.locator(".moment")).to_have_count(2)
    page.get_by_role("button", name="Share with Asha").click()
    expect(page.locator(".moment .mark", has_text="Shared")).to_have_count(2)


def writes_ashas_log(page: Page) -> None:
    page.goto(page.url.split("/clips/")[0] + "/logs")
    expect(page.get_by_role("heading", level=1)).to_have_text("3 logs to write")
    page.get_by_role("link", name="Write the log for Asha Khan").click()
    expect(page.get_by_label("Minutes").first).to_have_value("25")
    page.get_by_label("Where is the cycle now?").select_option("identify")
    page.get_by_label("Questioning").check()
    page.get_by_label("What would help?").fill("An hour to watch a colleague.")
    page.get_by_label("Your note for the pair").fill("You were brave on the day.")
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 logs to write")


def keeps_tesss_log_for_later(page: Page) -> None:
    page.get_by_role("link", name="Write the log for Tess Moor").click()
    page.get_by_label("What would help?").fill("Not known yet.")
    page.get_by_role("button", name="Keep for later").click()
    page.get_by_role("link", name="Back to the logs").click()
    expect(page.get_by_role("link", name="Go on the log for Tess Moor")).to_be_visible()


def the_lead_reads_what_is_hers_and_asks_for_the_rest(page: Page) -> None:
    page.get_by_role("link", name="Overview").click()
    missing = page.locator("#logs li")
    expect(missing).to_have_count(2)
    page.get_by_role("button", name="Remind Priya Nair, for Tess Moor").click()
    expect(page.locator("#logs li", has_text="Tess Moor")).to_contain_text("Asked")
    page.get_by_role("link", name="Read the logs").click()
    page.get_by_role("link", name="Priya Nair for Asha Khan").click()
    expect(page.get_by_text("An hour to watch a colleague.")).to_be_visible()
    expect(page.get_by_text("You were brave on the day.")).to_have_count(0)


def hands_in_what_the_lead_asked_for(page: Page) -> None:
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.locator("#after li", has_text="Tess Moor")).to_contain_text("which the lead has asked for")
    page.locator("#after").get_by_role("link", name="log for Tess Moor").click()
    page.get_by_label("What would help?").fill("A seating plan to try together.")
    page.get_by_role("button", name="Hand it in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 log to write")


def asha_reads_the_log_and_the_moments(page: Page) -> None:
    page.goto(f"{page.url.rstrip('/')}/logs")
    page.get_by_role("link", name="Open the log for Asha Khan").click()
    expect(page.get_by_text("You were brave on the day.")).to_be_visible()
    page.get_by_role("link", name="Notices").click()
    page.get_by_role("button", name="Priya Nair shared moments with you").click()
    page.locator("main[data-ready]").wait_for()
    expect(page.locator(".moment")).to_have_count(2)


def tess_hears_of_the_new_time(page: Page) -> None:
    page.get_by_role("link", name="Notices").click()
    page.get_by_role("button", name="Priya Nair moved a session with you").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("4:00 pm")
    with page.expect_download() as taken:
        page.get_by_role("link", name="For your calendar").click()
    assert "BEGIN:VEVENT" in taken.value.path().read_text()
