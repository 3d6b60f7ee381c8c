"""The playbook in a real browser: written, brought in, compared, printed."""

import dataclasses
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.test_screens import SCREENS, chromium, looked_over, origin, sign_in
from tests.support.screens import wrong_on
from tests.support.world import World
from veo_workflow.playbook import operations, queries
from veo_workflow.playbook.rules import ResourceWords
from veo_workflow.services import Services

__all__ = ["chromium", "origin", "sign_in"]
SHEET = "strategy,purpose,name,step,press\nTurn and talk,All speak.,Turn,Turn to a partner,{}\n"


@pytest.fixture
def address(services: Services, world: World) -> str:
    """A strategy with two wordings and a link; the cycle uses the first."""
    with services.database.transaction() as session:
        old = queries.newest_version(session, world.strategy.strategy_id)
        words = queries.words_of(old)
        steps = (words.steps[1], dataclasses.replace(words.steps[0], colour=4), *words.steps[2:])
        link = ResourceWords("At the door", "https://example.org/door", "Worth watching together.")
        changed = dataclasses.replace(words, purpose="Everybody settles.", steps=steps, resources=(link,))
        operations.next_version(session, old, changed, by=None)
    return f"/playbook/{world.strategy.strategy_id}"


def test_the_pages_of_the_playbook_have_no_violation(
    world: World, address: str, origin: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(world.lena)
    own = ("", "/versions/1", "/compare", "/change")
    addresses = ("/playbook?words=door", "/playbook/new", *(f"{address}{more}" for more in own))
    assert looked_over(page, origin, addresses) == []
    for press in ("moment", "video"):  # a preview, then a file with a fault
        page.goto(f"{origin}/playbook/bring")
        file = {"name": "playbook.csv", "mimeType": "text/csv", "buffer": SHEET.format(press).encode()}
        page.get_by_label("CSV or YAML").set_input_files(file)
        page.get_by_role("button", name="Show what would change").click()
        expect(page.get_by_role("heading", name="New" if press == "moment" else "To mend", exact=True)).to_be_visible()
        assert wrong_on(page) == [], press


def test_a_lead_moves_steps_about_and_finds_what_was_typed_after_a_reload(
    world: World, address: str, origin: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(world.lena, **SCREENS["iPad standing"])
    page.goto(f"{origin}{address}/change")
    names = page.get_by_label("Name", exact=False).and_(page.locator("[name=step_name]"))
    first, second = names.nth(0).input_value(), names.nth(1).input_value()
    page.locator("#down-step-1").click()
    expect(page.get_by_text("Step 1 is now step 2.").last).to_be_visible()
    expect(page.locator("#down-step-2")).to_be_focused()
    assert [names.nth(0).input_value(), names.nth(1).input_value()] == [second, first]
    page.get_by_role("button", name="Add a step").click()
    expect(names.nth(5)).to_be_focused()
    names.nth(5).fill("Thank")
    page.reload()
    expect(names.nth(5)).to_have_value("Thank")
    expect(page.get_by_text("What you had typed is back.")).to_be_visible()
    page.locator("#step-6-title").fill("Thank them by name")
    page.get_by_role("button", name="Save the new version").click()
    expect(page.get_by_text("Version 3 is saved.")).to_be_visible()
    page.goto(f"{origin}{address}/change")
    expect(names.nth(5)).to_have_value("Thank")
    expect(page.get_by_text("What you had typed is back.")).to_have_count(0)


def test_a_strategy_prints_on_one_sheet(world: World, address: str, origin: str, sign_in: Callable[..., Page]) -> None:
    page = sign_in(world.asha, **SCREENS["laptop"])
    page.goto(f"{origin}{address}")
    paper = page.pdf(prefer_css_page_size=True)
    assert re.findall(rb"/Count (\d+)", paper) == [b"1"]
