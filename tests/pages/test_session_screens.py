"""The pair's pages of sessions in a real browser."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from tests.cycles.sessions.conftest import Planned, planned
from tests.pages.test_screens import SCREENS, chromium, looked_over, origin, sign_in
from tests.support.world import World
from veo_workflow.database import now

__all__ = ["chromium", "origin", "planned", "sign_in"]


def test_the_pages_of_sessions_have_no_violation(
    world: World, planned: Planned, origin: str, sign_in: Callable[..., Page]
) -> None:
    past, coming = (
        planned(now() - timedelta(days=1), is_review=True),
        planned(now() + timedelta(days=3), place="Room 4"),
    )
    cycle = f"/cycles/{world.cycle.id}"
    addresses = (cycle, f"{cycle}/sessions", f"/sessions/{past}", f"/sessions/{coming}")
    assert looked_over(sign_in(world.priya), origin, addresses) == []


def test_a_pair_plans_a_session_and_takes_it_into_a_calendar(
    world: World, origin: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(world.asha, **SCREENS["iPad standing"])
    page.goto(f"{origin}/cycles/{world.cycle.id}")
    page.get_by_role("link", name="Plan a session").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No session is planned")
    page.get_by_label("Day").fill((now() + timedelta(days=3)).date().isoformat())
    page.get_by_label("Time").fill("15:30")
    page.get_by_label("Where").fill("Library")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("3:30 pm")
    with page.expect_download() as taken:
        page.get_by_role("link", name="For your calendar").click()
    assert taken.value.suggested_filename == "session.ics"
