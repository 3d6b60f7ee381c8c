"""A driver that waits, and what it sees of the film on a page."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, WebKitGTK
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from urllib3.exceptions import HTTPError

from tests.browser.conftest import READ_FRAME
from tests.support.live import School
from veo_workflow.people.models import Person

T = TypeVar("T")

READ = f"return ({READ_FRAME})(document.querySelector('video'));"


class Browser:
    """The driver, with waiting: a page of this kind changes by itself."""

    def __init__(self, fresh: Callable[[], WebKitGTK]) -> None:
        self._fresh = fresh
        self.driver = fresh()

    def go(self, road: Callable[[], None]) -> None:
        """The whole road.

        Now and then WebKitGTK's player stops for good while it loads or plays a film, and no command is answered any
        more: then a fresh browser goes it from its beginning, once.
        """
        try:
            road()
        except HTTPError:
            self.driver = self._fresh()
            road()

    def open(self, school: School, person: Person, path: str, is_there: Callable[[], bool], what: str) -> None:
        """A page with a film, by somebody who signs in, once that `is_there`."""
        sign_in(self, school, person)
        self.driver.get(f"{school.origin}{path}")
        self.until(is_there, what)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait_for(self, selector: str) -> WebElement:
        return self.until(lambda: next((one for one in self.all(selector) if one.is_displayed()), None), selector)

    def until(self, found: Callable[[], T | None], what: str, patience: timedelta = timedelta(seconds=60)) -> T:
        """What `found` gives once it gives something."""
        end = time.monotonic() + patience.total_seconds()
        while time.monotonic() < end:
            try:
                if result := found():
                    return result
            except StaleElementReferenceException:
                pass  # it was drawn anew between finding and looking
            time.sleep(0.05)
        raise AssertionError(f"It did not come about: {what}")

    def press(self, key: str, held: str = "") -> None:
        """One key, while another is `held`."""
        keys = ActionChains(self.driver)
        (keys.key_down(held).send_keys(key).key_up(held) if held else keys.send_keys(key)).perform()

    def says(self, selector: str, words: str) -> None:
        """Also where it is said for screen readers alone."""
        self.until(lambda: words in str(self.all(selector)[0].get_property("textContent")), f"{selector}: {words!r}")


def sign_in(browser: Browser, school: School, person: Person) -> None:
    password = school.give_password(person)
    browser.driver.get(f"{school.origin}/sign-in")
    browser.wait_for("#email").send_keys(person.email)
    browser.wait_for("#password").send_keys(password)
    browser.wait_for("form .button.primary").click()
    assert person.given_name in browser.wait_for(".who summary").text


def seek(browser: Browser, frame: int) -> None:
    """As a finger on the slider does."""
    browser.driver.execute_script(
        """const slider = document.getElementById("scrub");
        slider.value = arguments[0];
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        slider.dispatchEvent(new Event("change", { bubbles: true }));""",
        frame,
    )
    browser.until(lambda: shown(browser) == frame, f"frame {frame} is shown")
    browser.until(lambda: video(browser.driver, "seeking") is False, "the seek has settled")


def sees(browser: Browser, frame: int) -> None:
    """The picture, at rest, shows this frame: WebKit says that a seek has ended a moment before it has drawn it."""
    browser.until(lambda: browser.driver.execute_script(READ) == frame, f"the picture shows frame {frame}")


def shown(browser: Browser) -> int:
    """The frame that the page says it shows; -1 before the first."""
    return int(browser.wait_for("[data-frame]").get_attribute("data-frame") or -1)


def video(driver: WebKitGTK, name: str) -> Any:
    return driver.execute_script(f'return document.querySelector("video").{name};')
