"""The screens on which a page is looked at, and what must hold on each: no axe violation, nothing too wide."""

from collections.abc import Iterable
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

LAPTOP, UPRIGHT, ACROSS = {"width": 1440, "height": 900}, {"width": 820, "height": 1180}, {"width": 1180, "height": 820}
SCREENS: dict[str, dict[str, Any]] = {
    "laptop": {"viewport": LAPTOP},
    "dark": {"viewport": LAPTOP, "color_scheme": "dark"},
    "ipad": {"viewport": UPRIGHT, "has_touch": True},
    "ipad-across": {"viewport": ACROSS, "has_touch": True},
    "ipad-dark": {"viewport": UPRIGHT, "has_touch": True, "color_scheme": "dark"},
}
# Violations alone: what axe says of everything that is well takes longer to write down than to find.
VIOLATIONS = """axe.run({ resultTypes: ["violations"], selectors: false }).then((found) =>
  found.violations.map((one) => one.id + ": " + one.nodes.map((node) => node.html).join(" ")))"""
# Dark is other values of the same custom properties and nothing else: on a screen that has been looked at in light,
# only what axe finds of colours can differ.
OF_COLOURS = VIOLATIONS.replace("{ ", '{ runOnly: ["color-contrast", "link-in-text-block"], ', 1)
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def turn_to(page: Page, screen: str) -> None:
    """The page as it is, on another screen: what fits the width and the colours changes as when an iPad is turned."""
    page.set_viewport_size(SCREENS[screen]["viewport"])
    colours = SCREENS[screen].get("color_scheme", "light")
    page.emulate_media(color_scheme=colours, reduced_motion="reduce")  # no colour halfway to the other


def wrong_with(page: Page) -> list[str]:
    """Axe's violations on the page as it is, and how much wider than the screen it is; under the page's own CSP."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    wrong: list[str] = page.evaluate(VIOLATIONS)
    wider = page.evaluate(TOO_WIDE)
    return [*wrong, f"{wider} px wider than the screen"] if wider > 0 else wrong


def wrong_on(page: Page, screens: Iterable[str] = SCREENS) -> list[str]:
    """What is wrong with the page on each of these screens in turn; it stays on the last."""
    wrong = []
    for screen in screens:
        turn_to(page, screen)
        wrong += [f"{screen}: {said}" for said in wrong_with(page)]
    return wrong


def wrong_in_every_look(page: Page) -> list[str]:
    """What is wrong with the page as it stands, on a laptop and on an iPad held either way, in light and in dark."""
    wrong = []
    for screen in ("laptop", "ipad", "ipad-across"):
        wrong += wrong_on(page, [screen])
        page.emulate_media(color_scheme="dark")
        wrong += [f"{screen}, dark: {said}" for said in page.evaluate(OF_COLOURS)]
    return wrong
