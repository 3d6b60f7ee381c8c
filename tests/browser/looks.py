"""One page looked at in every light and on every screen, one after the other."""

from typing import Literal

from playwright.sync_api import Page

from tests.browser.conftest import assert_accessible

LAPTOP, UPRIGHT, ACROSS = (1440, 900), (820, 1180), (1180, 820)
LOOKS: tuple[tuple[tuple[int, int], Literal["light", "dark"]], ...] = (
    (LAPTOP, "light"),
    (LAPTOP, "dark"),
    (UPRIGHT, "light"),
    (ACROSS, "dark"),
)


def accessible_in_every_look(page: Page) -> None:
    """As it stands now: on a laptop, light and dark, and on an iPad held upright and across."""
    before = page.viewport_size
    for (width, height), light in LOOKS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=light, reduced_motion="reduce")
        assert_accessible(page)
    assert before is not None
    page.set_viewport_size(before)
