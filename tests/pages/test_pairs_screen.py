"""The lead's pages of pairs and coaches in a real browser."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.pages.test_screens import chromium, looked_over, origin, sign_in
from tests.support.world import World

__all__ = ["chromium", "origin", "sign_in"]


def test_the_pages_of_pairs_have_no_violation(world: World, origin: str, sign_in: Callable[..., Page]) -> None:
    addresses = (
        "/pairs",
        f"/pairs/{world.pair.id}/end",
        f"/pairs/{world.former_pair.id}/end",
        "/coaches",
        f"/coaches/{world.priya.id}",
    )
    assert looked_over(sign_in(world.lena), origin, addresses) == []
