"""The pair's pages of sessions in a real browser."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.cycles.sessions.conftest import Planned, planned
from tests.pages.test_screens import SCREENS, TOO_WIDE, VIOLATIONS, chromium, origin, sign_in
from tests.support.world import World
from veo_workflow.database import now

__all__ = ["chromium", "origin", "planned", "sign_in"]


@pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS)
def test_the_pages_of_sessions_have_no_violation(
    world: World, planned: Planned, origin: str, sign_in: Callable[..., Page], screen: dict[str, Any]
) -> None:
    past, coming = (
        planned(now() - timedelta(days=1), is_review=True),
        planned(now() + timedelta(days=3), place="Room 4"),
    )
    page = sign_in(world.priya, **screen)
    cycle = f"/cycles/{world.cycle.id}"
    for address in (cycle, f"{cycle}/sessions", f"/sessions/{past}", f"/sessions/{coming}"):
        page.goto(f"{origin}{address}")
        assert page.evaluate(VIOLATIONS) == [], address
        assert page.evaluate(TOO_WIDE) <= 0, address


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
