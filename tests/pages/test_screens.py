"""The pages of the frame in a real browser: no accessibility violation, nothing too wide, live progress."""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import PATIENCE, open_chromium
from tests.support.in_process import in_process
from tests.support.screens import TOO_WIDE, VIOLATIONS, wrong_on
from tests.support.world import PASSWORD, World, make_clip, make_tag
from veo_workflow.clips import progress
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.cycles.rules import GoalWords
from veo_workflow.people import operations as people
from veo_workflow.people.models import LinkPurpose, Person
from veo_workflow.services import Services

__all__ = ["TOO_WIDE", "VIOLATIONS"]
SCREENS: dict[str, dict[str, Any]] = {
    "laptop": {"viewport": {"width": 1440, "height": 900}},
    "laptop, dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "iPad lying": {"viewport": {"width": 1180, "height": 820}},
    "iPad standing": {"viewport": {"width": 820, "height": 1180}},
    "iPad standing, dark": {"viewport": {"width": 820, "height": 1180}, "color_scheme": "dark"},
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture
def origin(app: Flask) -> Iterator[str]:
    """The application with its cookies and its protection against foreign forms, as a school runs it."""
    app.config["WTF_CSRF_ENABLED"] = True
    with in_process(app) as origin:
        yield origin


@pytest.fixture
def sign_in(chromium: Browser, origin: str, services: Services) -> Iterator[Callable[..., Page]]:
    opened = []

    def signed_in(person: Person | None, **screen: Any) -> Page:
        context = chromium.new_context(**screen)
        context.add_init_script(AXE_SCRIPT)
        opened.append(context)
        page = context.new_page()
        if person is not None:
            with services.database.transaction() as session:
                people.set_password(session, session.get_one(Person, person.id), PASSWORD)
            page.goto(f"{origin}/sign-in")
            page.get_by_label("School email").fill(person.email)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page

    yield signed_in
    for context in opened:
        context.close()


@pytest.fixture
def lesson(services: Services, world: World) -> Clip:
    """Asha's cycle in Improve with one marked clip, one kept private, one failed, and a goal worded twice."""
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        for stage in (Stage.LEARN, Stage.IMPROVE):
            cycles.move(session, cycle, stage, by=world.asha)
        words = GoalWords("Everybody writes.", measure="Minutes", unit="minutes", baseline=6.5, target=2)
        cycles.write_goal(session, cycle, words, after=1, by=world.asha)
        clip = make_clip(session, cycle, world.asha)
        make_tag(session, clip, world.priya, world.strategy)
        make_clip(session, cycle, world.asha, shared=False, title="Carpet time")
        failed = make_clip(session, cycle, world.asha, title="Sound only")
        failed.state, failed.reason, failed.reason_code = (
            ClipState.FAILED,
            "There is no picture in it.",
            "no_video_track",
        )
        moving = make_clip(session, cycle, world.asha, title="On its way")
        moving.state = ClipState.PROCESSING
        return moving


@pytest.mark.parametrize("who", ["nobody", "asha", "tess", "priya", "lena", "ada"])
def test_no_page_of_the_frame_has_a_violation(
    who: str, services: Services, world: World, lesson: Clip, origin: str, sign_in: Callable[..., Page]
) -> None:
    cycle = f"/cycles/{world.cycle.id}"
    with services.database.transaction() as session:
        token = people.make_link(session, LinkPurpose.INVITATION, session.get_one(Person, world.tess.id))
    pages = {
        "nobody": ["/sign-in", "/forgotten", f"/welcome/{token}"],
        "asha": ["/", cycle, f"{cycle}/goal", f"{cycle}/strategies", "/cycles", "/cycles/new", "/playbook"],
        "tess": ["/handbook", "/handbook/filming", "/handbook/whole"],
        "priya": ["/", cycle, f"/playbook/{world.strategy.strategy_id}", "/protected", "/nowhere"],
        "lena": ["/", "/cycles"],
        "ada": ["/", "/people"],
    }
    assert looked_over(sign_in(world.everybody.get(who)), origin, pages[who]) == []


def looked_over(page: Page, origin: str, addresses: Iterable[str]) -> list[tuple[str, str]]:
    """What is wrong with these pages, opened in turn, each looked at on every screen."""
    wrong = []
    for address in addresses:
        page.goto(origin + address)
        wrong += [(address, said) for said in wrong_on(page)]
    return wrong


def test_a_clip_on_its_way_is_followed_until_it_is_ready(
    services: Services, world: World, lesson: Clip, origin: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(world.asha)
    card = page.locator(f"#clip-{lesson.id}")
    with page.expect_request("**/api/clips/stream?*"):
        page.goto(origin)
    _until(page, lambda: _tell(services, lesson.id, fraction=0.61), lambda: "about 2 min left" in card.inner_text())
    assert card.locator("progress").evaluate("bar => bar.value") == pytest.approx(0.61)
    with services.database.transaction() as session:
        session.get_one(Clip, lesson.id).state = ClipState.READY
    progress.tell(services.events, lesson.id, stage="ready", fraction=1.0)
    expect(card.get_by_role("link", name="On its way")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("On its way is ready.")


def test_where_the_server_has_no_stream_left_the_page_asks_now_and_again(
    services: Services, world: World, lesson: Clip, origin: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(world.asha)
    page.route("**/api/clips/stream?*", lambda route: route.fulfill(status=503, body="{}"))
    with page.expect_response("**/api/clips/progress?*"):
        page.goto(origin)
    with services.database.transaction() as session:
        clip = session.get_one(Clip, lesson.id)
        clip.state, clip.reason, clip.reason_code = ClipState.FAILED, "It is empty.", "empty"
    expect(page.locator(f"#clip-{lesson.id}")).to_contain_text("It is empty.")


def test_what_was_typed_into_a_goal_survives_a_reload(
    world: World, lesson: Clip, origin: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(world.asha)
    page.goto(f"{origin}/cycles/{world.cycle.id}/goal")
    page.get_by_label("Reachable").fill("We managed it once.")
    page.reload()
    expect(page.get_by_label("Reachable")).to_have_value("We managed it once.")
    expect(page.get_by_text("It is not saved yet.")).to_be_visible()
    page.get_by_role("button", name="Save the new wording").click()
    expect(page.get_by_text("Third wording")).to_be_visible()
    page.goto(f"{origin}/cycles/{world.cycle.id}/goal")
    expect(page.get_by_text("It is not saved yet.")).to_have_count(0)


def _tell(services: Services, clip_id: uuid.UUID, *, fraction: float) -> None:
    progress.tell(services.events, clip_id, stage="converting", fraction=fraction, seconds_left=118)


def _until(page: Page, act: Callable[[], None], done: Callable[[], bool]) -> None:
    """Acts again and again, since the stream may not be listening yet."""
    late = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < late, "it was never shown"
        act()
        page.wait_for_timeout(200)
