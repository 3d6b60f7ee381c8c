"""The lead's pages of the school year in a real browser."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.pages.test_screens import SCREENS, chromium, looked_over, origin, sign_in
from tests.support.world import World
from veo_workflow.schools.models import Closure
from veo_workflow.schools.year import operations, queries
from veo_workflow.schools.year.rules import ClosureDates, Span
from veo_workflow.services import Services

__all__ = ["chromium", "origin", "sign_in"]


@pytest.fixture
def present(services: Services, world: World) -> queries.YearSeen:
    """The school's only year, with a closure in its second week."""
    with services.database.transaction() as session:
        year = queries.years_of(session, world.lena.school_id, limit=1)[0]
        day = year.dates.span.starts_on + timedelta(days=7)
        operations.add_closure(session, world.lena.school_id, ClosureDates("INSET day", Span(day, day)), by=None)
        return queries.years_of(session, world.lena.school_id, limit=1)[0]


def test_the_pages_of_the_school_year_have_no_violation(
    world: World, present: queries.YearSeen, origin: str, sign_in: Callable[..., Page]
) -> None:
    closure: Closure = present.closures[0]
    addresses = (
        "/year",
        "/year/new",
        f"/year/{present.id}",
        f"/year/closures/{closure.id}",
        "/year/people",
        "/year/timezone",
        f"/year/people/{world.asha.id}",
    )
    assert looked_over(sign_in(world.lena), origin, addresses) == []


def test_a_lead_begins_the_next_year_from_the_proposal(
    world: World, present: queries.YearSeen, origin: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(world.lena, **SCREENS["iPad standing"])
    page.goto(f"{origin}/year")
    page.get_by_role("link", name="Begin the next year").click()
    name = page.get_by_label("Name", exact=True).first.input_value()
    page.get_by_label("First half").first.fill("")
    page.get_by_role("button", name="Begin this year").click()
    assert page.url.endswith("/year/new")  # the browser itself asks for the day
    page.reload()
    page.get_by_role("button", name="Begin this year").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_role("heading", name=present.dates.name, exact=True)).to_be_visible()
