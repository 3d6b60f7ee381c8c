"""The screens of Learn in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.pages.test_screens import SCREENS, chromium, looked_over, origin, sign_in
from tests.support.screens import wrong_with
from tests.support.world import World, make_clip
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles.learning.conversation import operations as conversation
from veo_workflow.cycles.learning.models import Resource, StepTick
from veo_workflow.cycles.learning.practice import operations as practice
from veo_workflow.cycles.learning.practice.rules import Words
from veo_workflow.cycles.learning.resources import operations as resources
from veo_workflow.cycles.learning.resources.rules import ResourceWords
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.database import new_id, now
from veo_workflow.services import Services

__all__ = ["chromium", "origin", "sign_in"]


@pytest.fixture
def practising(services: Services, world: World) -> str:
    """Asha practises, and has written of it; the address of her cycle."""
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        cycles.move(session, cycle, Stage.LEARN, by=world.asha)
        clip = make_clip(session, cycle, world.asha)
        steps = frozenset(step.id for step in world.strategy.steps[:3])
        words = Words(now().date(), "7B", "Calmer by far.", "Boards out first.", steps, clip.id)
        practice.keep(session, cycle, new_id(), words, after=0, by=world.asha)
        link = ResourceWords("https://example.org/", "At the door", "Short.")
        resources.send(session, cycle, new_id(), link, by=world.priya)
        for person, text in ((world.priya, "How did it go?"), (world.asha, "Calmer by far.")):
            conversation.send(session, cycle, new_id(), text, by=person)
    return f"/cycles/{world.cycle.id}"


def test_no_screen_of_learn_has_a_violation(
    services: Services, world: World, practising: str, origin: str, sign_in: Callable[..., Page]
) -> None:
    own = ("", "/checklist", "/practice", "/practice/new", "/resources", "/conversation")
    with services.database.reading() as session:
        sent = f"/resources/{session.scalars(select(Resource.id)).one()}"
    wrong = []
    for who, addresses in (("asha", own), ("priya", ("/checklist", "/resources", sent, "/conversation"))):
        wrong += looked_over(sign_in(world.everybody[who]), f"{origin}{practising}", addresses)
    assert wrong == []


def test_what_priya_typed_stays_beside_a_file_that_is_not_taken(
    world: World, practising: str, origin: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(world.priya, **SCREENS["iPad standing"])
    page.goto(f"{origin}{practising}/resources")
    page.get_by_label("Why is it worth").fill("Look at the corner.")
    choice = page.get_by_label("Or choose a photo or a PDF")
    choice.set_input_files({"name": "board.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    page.reload()
    expect(page.get_by_text("What you had typed is back. It is not saved yet.")).to_be_visible()
    choice.set_input_files({"name": "board.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text("Only photos (JPEG, PNG, WebP) and PDFs can be added.")).to_be_visible()
    expect(page.get_by_label("Why is it worth")).to_have_value("Look at the corner.")
    assert wrong_with(page) == []


def test_asha_ticks_on_an_ipad_and_writes_how_it_went(
    services: Services, world: World, practising: str, origin: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(world.asha, **SCREENS["iPad standing"])
    page.goto(f"{origin}{practising}/checklist")
    first = world.strategy.steps[0]
    page.get_by_role("checkbox", name=first.title).check()
    expect(page.get_by_text("Kept.")).to_be_visible()
    with services.database.reading() as session:
        assert session.scalars(select(StepTick.step_id)).all() == [first.id]
    assert page.locator(".checklist label").first.bounding_box()["height"] >= 48  # type: ignore[index]
    page.get_by_role("link", name="Write how it went").click()
    page.get_by_label("What happened?").fill("They came in whispering.")
    page.get_by_role("checkbox", name=first.name).check()
    page.reload()
    expect(page.get_by_label("What happened?")).to_have_value("They came in whispering.")
    expect(page.get_by_role("checkbox", name=first.name)).to_be_checked()
    page.get_by_role("button", name="Save the entry").click()
    expect(page.get_by_text("They came in whispering.")).to_be_visible()
    page.goto(f"{origin}{practising}/practice/new")
    expect(page.get_by_label("What happened?")).to_have_value("")


def test_what_priya_writes_appears_while_asha_looks_and_a_draft_is_kept(
    services: Services, world: World, practising: str, origin: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(world.asha, **SCREENS["iPad standing"])
    page.goto(f"{origin}{practising}/conversation")
    page.get_by_label("To Priya").fill("Half a thought")
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        conversation.send(session, cycle, new_id(), "See you on Thursday.", by=world.priya)
    expect(page.get_by_text("See you on Thursday.")).to_be_visible()
    expect(page.get_by_label("To Priya")).to_have_value("Half a thought")
    page.reload()
    expect(page.get_by_label("To Priya")).to_have_value("Half a thought")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("log").get_by_text("Half a thought")).to_be_visible()
    expect(page.get_by_label("To Priya")).to_have_value("")
