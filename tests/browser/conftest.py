"""What tests in a browser share: one Chromium, the application on loopback, people signed in, and eyes.

Eyes read the number that a film's frames carry from the picture itself, and hold a page to axe's rules with the page's
own CSP still on. Whatever a page complains about in its console fails the test.
"""

import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.support.chromium import PATIENCE, open_chromium
from tests.support.in_process import in_process
from tests.support.screens import SCREENS, wrong_in_every_look, wrong_with
from veo_workflow.people import operations as people
from veo_workflow.people.models import Person
from veo_workflow.services import Services

# The 16 squares along the top-left edge that `tests.support.camera.counter` draws, lowest bit first.
READ_FRAME = """video => {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const paper = canvas.getContext("2d");
  paper.drawImage(video, 0, 0);
  const side = Math.max(4, Math.floor(canvas.height / 36 / 2) * 2);
  let frame = 0;
  for (let bit = 0; bit < 16; bit += 1) {
    if (paper.getImageData(bit * side + side / 2, side / 2, 1, 1).data[1] > 127) frame += 2 ** bit;
  }
  return frame;
}"""
# A picture that did not arrive, or an address without an answer, is what some tests are about.
EXPECTED_NOISE = "Failed to load resource"

PageFor = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture
def origin(app: Flask) -> Iterator[str]:
    """The application's address on loopback, as people meet it: CSRF on."""
    app.config["WTF_CSRF_ENABLED"] = True
    with in_process(app) as origin:
        yield origin


@pytest.fixture
def page_for(chromium: Browser, app: Flask, services: Services, origin: str) -> Iterator[PageFor]:
    """`page_for(person, path, screen="laptop")`: a page in a browser of that person's own, signed in."""
    opened = []
    complaints: list[str] = []

    def open_page(person: Person, path: str = "/", screen: str = "laptop") -> Page:
        with services.database.transaction() as session:
            token = people.open_sign_in(session, session.get_one(Person, person.id))
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        context = chromium.new_context(**SCREENS[screen])
        cookie = signer.dumps({"_user_id": token, "_fresh": True})
        context.add_cookies([{"name": app.config["SESSION_COOKIE_NAME"], "value": cookie, "url": origin}])
        context.set_default_timeout(PATIENCE * 1000)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(f"{origin}{path}")
        return page

    yield open_page
    for context in opened:
        context.close()
    assert [said for said in complaints if EXPECTED_NOISE not in said] == []


def on_screen(page: Page) -> int:
    """The number of the frame that the picture shows."""
    return int(page.locator("video").evaluate(READ_FRAME))


def shows(page: Page, frame: int, look: Callable[[Page], int] = on_screen) -> None:
    """Waits until the page says that it shows this frame and seeks no other, and sees in the picture that it does.

    The picture is at rest then, but may be drawn a moment later; `look` reads its number.
    """
    expect(page.locator("[data-frame]")).to_have_attribute("data-frame", str(frame))
    until(page, "!document.querySelector('video').seeking")
    pictured(page, frame, look)


def pictured(page: Page, number: int, look: Callable[[Page], int] = on_screen) -> None:
    """Waits until the picture shows that number: at rest, it may be drawn a moment later than the page says so."""
    late = time.monotonic() + PATIENCE
    while look(page) != number:
        assert time.monotonic() < late, f"frame {look(page)} instead of {number}"
        page.wait_for_timeout(20)


def until(page: Page, condition: str) -> None:
    """Playwright's own waiting needs eval, which the page's policy forbids."""
    late = time.monotonic() + PATIENCE
    while not page.evaluate(condition):
        assert time.monotonic() < late, condition
        page.wait_for_timeout(50)


def comes_about(page: Page, what: Callable[[], object]) -> None:
    """Waits for what is seen from outside the page, while the page goes on."""
    late = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < late, "It did not come about."
        page.wait_for_timeout(50)


def plays_on(page: Page, frames: int) -> None:
    """Waits until the picture has moved on by so many frames at least, slowly: a busy machine drops none then."""
    page.locator("video").evaluate("video => { video.playbackRate = 0.25; }")
    frame = int(page.locator("[data-frame]").get_attribute("data-frame") or 0)
    until(page, f"Number(document.querySelector('[data-frame]').dataset.frame) >= {frame + frames}")


def press_on_screen(page: Page, key: str, read: str = READ_FRAME) -> int:
    """Presses a key with the picture standing still for the page: the number of the frame that was on screen then."""
    return int(
        page.locator("video").evaluate(
            f"""video => {{ const frame = ({read})(video);
            document.body.dispatchEvent(new KeyboardEvent("keydown", {{ key: "{key}", bubbles: true }}));
            return frame; }}"""
        )
    )


def assert_accessible(page: Page) -> None:
    """No axe violation, and nothing that reaches out of the page sideways."""
    assert wrong_with(page) == []


def assert_accessible_in_every_look(page: Page) -> None:
    """The same of this one page as it stands, on every screen, in light and in dark; then it is where it was."""
    before = page.viewport_size
    assert before is not None
    assert wrong_in_every_look(page) == []
    page.set_viewport_size(before)
    page.emulate_media(color_scheme="null", reduced_motion="null")
