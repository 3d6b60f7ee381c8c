"""The lead's pages of pairs and coaches in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.pages.test_screens import SCREENS, TOO_WIDE, VIOLATIONS, chromium, origin, sign_in
from tests.support.world import World

__all__ = ["chromium", "origin", "sign_in"]


@pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS)
def test_the_pages_of_pairs_have_no_violation(
    world: World, origin: str, sign_in: Callable[..., Page], screen: dict[str, Any]
) -> None:
    page = sign_in(world.lena, **screen)
    for address in (
        "/pairs",
        f"/pairs/{world.pair.id}/end",
        f"/pairs/{world.former_pair.id}/end",
        "/coaches",
        f"/coaches/{world.priya.id}",
    ):
        page.goto(f"{origin}{address}")
        assert page.evaluate(VIOLATIONS) == [], address
        assert page.evaluate(TOO_WIDE) <= 0, address
