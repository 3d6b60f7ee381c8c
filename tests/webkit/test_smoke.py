"""Sign in, play, tag, and find it kept, in a real WebKit: the engine that iPads have."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, WebKitGTK
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.support.camera import film, h264
from tests.support.live import School, live_school
from veo_workflow.clips.models import Clip, ClipState, Purpose
from veo_workflow.clips.processing import process
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.tags.models import Tag

RATE = 30
SECONDS = 14
T = TypeVar("T")

# The squares along the top, lowest bit first: which frame the picture shows.
READ = """
const video = document.querySelector("video"), canvas = document.createElement("canvas");
canvas.width = video.videoWidth; canvas.height = video.videoHeight;
const paper = canvas.getContext("2d");
paper.drawImage(video, 0, 0);
const side = Math.max(4, Math.floor(canvas.height / 36 / 2) * 2);
let frame = 0;
for (let bit = 0; bit < 16; bit += 1) {
  if (paper.getImageData(bit * side + side / 2, side / 2, 1, 1).data[1] > 127) frame += 2 ** bit;
}
return frame;
"""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with live_school(tmp_path_factory.mktemp("school"), workers=0) as school:
        yield school


@pytest.fixture(scope="module")
def clip(school: School, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Asha's lesson, converted and shared with Priya."""
    path = tmp_path_factory.mktemp("films") / "Coming in after lunch.mov"
    film(path, (640, 360), SECONDS, h264(1500), sound=[])
    services, world = school.services, school.world
    clip_id = add_file(services, world.asha, world.cycle.id, Purpose.PROGRESS, path, lambda _: None, share=True)
    process(services, clip_id)
    with services.database.reading() as session:
        clip = session.get_one(Clip, clip_id)
    assert clip.state is ClipState.READY
    return clip


def test_sign_in_play_tag_and_it_is_kept(webkit: WebKitGTK, school: School, clip: Clip) -> None:
    browser = Browser(webkit)
    sign_in(browser, school)
    webkit.get(f"{school.origin}/clips/{clip.id}")
    browser.wait_for("main[data-ready]")
    browser.until(lambda: video(webkit, "readyState") >= 1, "the film's facts have come")

    browser.press(" ")
    browser.until(lambda: video(webkit, "currentTime") > 1, "it plays")
    browser.press("k")
    browser.until(lambda: bool(video(webkit, "paused")), "it pauses")

    for frame in (333, 17, 250):
        seek(browser, frame)
        sees(browser, frame)

    browser.press("2")
    browser.until(lambda: len(browser.all(".moment")) == 1, "the moment is on screen")
    [tag] = browser.until(lambda: tags(school), "the moment is kept")
    step = school.world.strategy.steps[1]
    assert (tag.author_id, tag.step_id, tag.clip_id) == (school.world.priya.id, step.id, clip.id)
    first = 250 - step.lead_ms * RATE // 1000
    assert [frame_of(ms) for ms in (tag.pressed_ms, tag.start_ms)] == [250, first]

    webkit.refresh()
    browser.wait_for("main[data-ready]")
    browser.until(lambda: len(browser.all(".moment")) == 1, "the moment is still there after a reload")
    browser.wait_for(".moment .jump").click()
    browser.until(lambda: bool(video(webkit, "paused")) is False, "a tap plays the moment")
    last = frame_of(tag.end_ms)
    browser.until(lambda: shown(browser) == last, "it stops at its end")
    sees(browser, last)


class Browser:
    """The driver, with waiting: a page of this kind changes by itself."""

    def __init__(self, driver: WebKitGTK) -> None:
        self.driver = driver

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

    def press(self, key: str) -> None:
        ActionChains(self.driver).send_keys(key).perform()


def sign_in(browser: Browser, school: School) -> None:
    password = school.give_password(school.world.priya)
    browser.driver.get(f"{school.origin}/sign-in")
    browser.wait_for("#email").send_keys(school.world.priya.email)
    browser.wait_for("#password").send_keys(password)
    browser.wait_for("form .button.primary").click()
    assert "Priya" in browser.wait_for(".who summary").text


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


def tags(school: School) -> list[Tag]:
    with school.services.database.reading() as session:
        return session.query(Tag).all()


def frame_of(ms: int) -> int:
    return ms * RATE // 1000
