"""A lead plans the term and reads what is needed, and never reaches footage, however they ask."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Response, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.oversight.test_overview import coached
from tests.support.by_hand import SignIn
from tests.support.live import School
from veo_workflow.clips.models import Clip
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.oversight.models import CoachingLog, LoggedConversation, PairNote, Theme
from veo_workflow.schools.models import HalfTerm

PEOPLE = 6
CANARY = re.compile("canary-(?:goal|title|tag|note)")
OF_A_CYCLE = ("", "/review", "/goal", "/sessions", "/takeout.pdf", "/takeout.json")
OF_A_CLIP = ("/clips/{}", "/clips/{}/trim", "/media/{}/playback", "/media/{}/poster", "/media/{}/still/500")


@pytest.fixture(scope="module")
def addresses(school: School) -> list[str]:
    """Six colleagues film and talk, and five of their logs are handed in; where one's words and pictures are."""
    world = school.world
    with school.services.database.transaction() as session:
        cycles = coached(session, world, PEOPLE)
        for cycle in cycles[:-1]:
            _hand_in(session, cycle, world.priya.id)
        clip = session.scalars(select(Clip.id).where(Clip.cycle_id == cycles[0].id)).one()
        return [
            *(f"/cycles/{cycles[0].id}{page}" for page in OF_A_CYCLE),
            *(page.format(clip) for page in OF_A_CLIP),
        ]


def _hand_in(session: Session, cycle: Cycle, coach: uuid.UUID) -> None:
    half = session.scalars(select(HalfTerm).where(HalfTerm.term_id == cycle.term_id, HalfTerm.number == 1)).one()
    theme = session.scalars(select(Theme).where(Theme.school_id == cycle.school_id, Theme.name == "Questioning")).one()
    session.add(
        CoachingLog(
            school_id=cycle.school_id,
            pair_id=cycle.pair_id,
            half_term_id=half.id,
            needs="A morning to watch each other.",
            written_by_id=coach,
            handed_in_at=now(),
            conversations=[LoggedConversation(held_on=half.starts_on, minutes=20)],
            themes=[theme],
        )
    )
    session.add(PairNote(pair_id=cycle.pair_id, half_term_id=half.id, note="canary-note"))


@pytest.fixture
def lena(school: School, addresses: list[str], sign_in: SignIn) -> Iterator[Page]:
    """The lead's browser; whatever reaches it is read, and no word of footage may be in it."""
    page = sign_in(school.world.lena)
    reached: list[Response] = []
    page.on("response", lambda response: reached.append(response))
    yield page
    assert len(reached) > PEOPLE
    assert [response.url for response in reached if "/media/" in response.url and response.ok] == []


def test_a_lead_plans_the_term_and_reads_the_needs_without_ever_reaching_footage(
    school: School, addresses: list[str], lena: Page
) -> None:
    begins_the_next_year_with_a_closure(lena)
    agrees_what_each_colleague_gets(lena)
    makes_a_pair(lena)
    reads_the_term(lena)
    reads_the_logs(lena)
    takes_the_tables_along(lena)
    for address in addresses:
        answer = lena.goto(f"{school.origin}{address}")
        assert answer is not None
        assert answer.status == 404, address
        assert CANARY.search(answer.text()) is None, address


def nothing_of_footage(page: Page) -> None:
    """Neither in what is shown nor in what is hidden in the page."""
    assert CANARY.search(page.content()) is None, page.url


def begins_the_next_year_with_a_closure(page: Page) -> None:
    page.get_by_role("link", name="School year").click()
    page.get_by_role("link", name="Begin the next year").click()
    name = page.get_by_label("Name", exact=True).first.input_value()
    page.get_by_role("button", name="Begin this year").click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    page.get_by_label("What is it?").fill("INSET day")
    closure = page.get_by_role("region", name="Add a closure")
    day = (now().date() - timedelta(days=3)).isoformat()
    closure.get_by_label("First day").fill(day)
    closure.get_by_label("Last day").fill(day)
    page.get_by_role("button", name="Add the closure").click()
    expect(page.locator(".closures li", has_text="INSET day")).to_be_visible()
    nothing_of_footage(page)


def agrees_what_each_colleague_gets(page: Page) -> None:
    page.get_by_label("Cycles in a year").fill("2")
    page.get_by_role("button", name="Save for the school").click()
    expect(page.get_by_label("Cycles in a year")).to_have_value("2")


def makes_a_pair(page: Page) -> None:
    page.get_by_role("link", name="Pairs").click()
    page.get_by_label("Coach", exact=True).select_option(label="Tess Moor")
    page.get_by_label("Coachee", exact=True).select_option(label="Sam Hill")
    page.get_by_role("button", name="Make the pair").click()
    expect(page.locator("table.board").first).to_contain_text("Sam Hill")
    nothing_of_footage(page)


def reads_the_term(page: Page) -> None:
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("have begun")
    expect(page.get_by_role("region", name="Entitlement board")).to_contain_text("of 2")
    needs = page.get_by_role("region", name="Needs")
    expect(needs).to_contain_text("Questioning")
    expect(needs).to_contain_text(f"by {PEOPLE} people")
    nothing_of_footage(page)
    page.get_by_role("button", name="Remind Priya Nair, for Asha Khan").click()
    expect(page.locator("#logs li", has_text="Asha Khan")).to_contain_text("Asked")


def reads_the_logs(page: Page) -> None:
    page.get_by_role("link", name="Read the logs").click()
    expect(page.locator(".read-logs li")).to_have_count(PEOPLE - 1)
    nothing_of_footage(page)
    page.locator(".read-logs").get_by_role("link").first.click()
    expect(page.get_by_text("A morning to watch each other.")).to_be_visible()
    nothing_of_footage(page)
    page.go_back()
    page.get_by_role("link", name="Back to the term").click()


def takes_the_tables_along(page: Page) -> None:
    links = page.get_by_role("region", name="Take it with you").get_by_role("link")
    expect(links).to_have_count(5)
    for link in links.all():
        with page.expect_download() as taken:
            link.click()
        words = taken.value.path().read_text(encoding="utf-8-sig")
        assert len(words.splitlines()) > 0
        assert CANARY.search(words) is None, taken.value.suggested_filename
