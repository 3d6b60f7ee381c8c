"""The pages of Identify in a real browser: no violation, and a photo goes in and is seen."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.media.attachments.papers import photo
from tests.pages.test_screens import SCREENS, chromium, origin, sign_in
from tests.support.screens import wrong_on
from tests.support.world import World
from veo_workflow.cycles.adapting import operations as adapting
from veo_workflow.cycles.evidence import operations as evidence
from veo_workflow.cycles.evidence.models import EvidenceKind
from veo_workflow.cycles.evidence.rules import EvidenceWords
from veo_workflow.cycles.modelling import operations as modelling
from veo_workflow.cycles.modelling.models import ModellingKind
from veo_workflow.cycles.modelling.rules import ModellingWords
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.cycles.operations import move, write_goal
from veo_workflow.cycles.reality import operations as reality
from veo_workflow.cycles.reality.rules import RealityWords
from veo_workflow.cycles.rules import GoalWords
from veo_workflow.database import now
from veo_workflow.services import Services

__all__ = ["chromium", "origin", "sign_in"]


@pytest.fixture
def pages(services: Services, world: World) -> list[str]:
    """Each page with something on it."""
    step, cycle = world.strategy.steps[0], f"/cycles/{world.cycle.id}"
    with services.database.transaction() as session:
        held = session.get_one(Cycle, world.cycle.id)
        move(session, held, Stage.LEARN, by=world.asha)
        write_goal(session, held, GoalWords("Everybody writes."), after=1, by=world.asha)
        reality.write(session, held, RealityWords(4, "They came in quietly."), after=0, by=world.asha)
        words = EvidenceWords(
            EvidenceKind.ASSESSMENT, world.priya.id, now().date(), "On Monday", "Class,Minutes\n8B,6:40"
        )
        piece = evidence.add(session, held, words, by=world.priya)
        adapting.adapt(session, held, step.id, "With whiteboards.", after=0, by=world.asha)
        live = ModellingWords(ModellingKind.LIVE_MODEL, "Priya Nair", now().date(), "Watch the doorway.")
        modelling.record(session, held, live, by=world.priya)
    names = ("", "/reality", "/evidence", "/evidence/new?kind=assessment", "/modelling", "/goal/1/2", "/review")
    return [*(f"{cycle}{name}" for name in names), f"{cycle}/steps/{step.id}", f"/evidence/{piece.id}"]


def test_the_pages_of_identify_have_no_violation(
    world: World, pages: list[str], origin: str, sign_in: Callable[..., Page]
) -> None:
    page, wrong = sign_in(world.asha), []
    for address in pages:
        page.goto(f"{origin}{address}")
        wrong += [(address, said) for said in wrong_on(page, ("dark", "ipad"))]
    assert wrong == []


def test_a_photo_of_pupils_work_is_added_and_seen(
    world: World, origin: str, sign_in: Callable[..., Page], tmp_path: Path
) -> None:
    page = sign_in(world.asha, **SCREENS["iPad standing"])
    page.goto(f"{origin}/cycles/{world.cycle.id}/evidence")
    page.get_by_role("link", name="Pupil work").last.click()
    page.get_by_label("What was seen?").fill("Six books, two of them finished.")
    page.reload()
    page.get_by_role("button", name="Save it").click()
    page.get_by_label("Add a photo or a PDF").set_input_files(photo(tmp_path / "Table 3.jpg"))
    page.get_by_role("button", name="Add", exact=True).click()
    picture = page.locator(".files img")
    expect(picture).to_be_visible()
    assert picture.evaluate("picture => picture.decode().then(() => picture.naturalHeight)") == 320
    page.goto(f"{origin}/cycles/{world.cycle.id}/evidence/new?kind=work")
    expect(page.get_by_label("What was seen?")).to_have_value("")
