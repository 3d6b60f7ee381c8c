"""Words that the studio's tests share."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.conftest import shows, until
from veo_workflow.tags.models import Tag

RATE = 30
SECONDS = 70

Studio = Callable[..., Page]
Tags = Callable[[], list[Tag]]


def frame_of(ms: int) -> int:
    return ms * RATE // 1000


def show(page: Page, frame: int) -> None:
    page.locator("#scrub").fill(str(frame))
    shows(page, frame)
    page.locator("#scrub").blur()


def all_sent(page: Page) -> None:
    until(page, "!Object.keys(localStorage).some((key) => key.startsWith('veo unsent'))")


def undo_all(page: Page, tags: Tags) -> None:
    while page.locator("#undo").is_enabled():
        page.keyboard.press("Control+z")
    all_sent(page)
    assert tags() == []


def playing(page: Page) -> bool:
    return bool(page.locator("video").evaluate("video => !video.paused"))
