"""The page of one's own archive in a real browser, from the first wish to the file."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from sqlalchemy import update

from tests.pages.test_screens import chromium, origin, sign_in
from tests.support.screens import wrong_on
from tests.support.world import World
from tests.takeout.person.conftest import archive_of
from veo_workflow.services import Services
from veo_workflow.takeout.person.making import make_next, topic
from veo_workflow.takeout.person.models import Archive, ArchiveState

__all__ = ["chromium", "origin", "sign_in"]


def test_it_is_asked_for_watched_and_fetched_without_a_violation(
    services: Services, filmed: World, origin: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(filmed.asha)

    def is_well() -> None:
        page.wait_for_load_state("load")
        assert wrong_on(page, ("laptop", "ipad-dark")) == []

    page.goto(f"{origin}/")
    page.get_by_text("your account").locator("..").click()
    page.get_by_role("link", name="Take your data with you").click()
    expect(page.get_by_role("heading", name="Take your data with you")).to_be_visible()
    is_well()
    page.get_by_role("button", name="Make my archive").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    services.events.publish(
        topic(archive_of(services, filmed.asha).id), {"stage": "writing", "fraction": 0.4, "seconds_left": 130}
    )
    with services.database.transaction() as session:
        session.execute(update(Archive).values(state=ArchiveState.RUNNING))
    expect(page.get_by_text("Copying your films 40 %, about 2 min left")).to_be_visible()
    is_well()
    with services.database.transaction() as session:
        session.execute(update(Archive).values(state=ArchiveState.WAITING))
    assert make_next(services)
    expect(page.get_by_text("It is ready")).to_be_visible()
    is_well()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download it").click()
    assert download.value.suggested_filename.endswith(".zip")
    page.get_by_role("button", name="Delete it now").click()
    expect(page.get_by_text("The archive is deleted.")).to_be_visible()
    is_well()
