"""The administrator's pages of people in a real browser."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.pages.test_screens import chromium, looked_over, origin, sign_in
from tests.support.screens import wrong_on
from tests.support.world import World

__all__ = ["chromium", "origin", "sign_in"]
GOOD = b"Name,E-mail,Roles\nNew Person,new@example.org,\nPriya Nair,priya@example.org,lead\n"
WRONG = b"Name,E-mail,Roles\nNew Person,new@example.org,head\n"


def test_the_pages_of_people_have_no_violation(world: World, origin: str, sign_in: Callable[..., Page]) -> None:
    page = sign_in(world.ada)
    addresses = ("/people?waiting=1", "/people/import", "/people/left", f"/people/{world.asha.id}/leave")
    assert looked_over(page, origin, addresses) == []
    for content, heading in ((WRONG, "1 line keeps this file out"), (GOOD, "1 new, 1 changed")):
        page.goto(f"{origin}/people/import")
        page.get_by_label("A CSV file").set_input_files(
            {"name": "staff.csv", "mimeType": "text/csv", "buffer": content}
        )
        page.get_by_role("button", name="See what it would do").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
        assert wrong_on(page) == [], heading
    page.get_by_role("button", name="Import all of it").click()
    expect(page.get_by_role("heading", name="Still to begin")).to_be_visible()
