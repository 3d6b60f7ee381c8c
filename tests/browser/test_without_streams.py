"""Pages in a school where as many streams are open as a process holds: they ask until there is a place again."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Page, Request

from tests.browser.conftest import PATIENCE, PageFor, until
from tests.browser.test_room import film, moves, press, review, says
from tests.support.world import World, make_clip
from veo_workflow import streams
from veo_workflow.clips.models import ClipState
from veo_workflow.clips.progress import tell
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.metrics import OPEN_STREAMS
from veo_workflow.services import Services

__all__ = ["film", "review"]

SLOW = "Many pages are listening at once, so this one looks every second instead."
AGAIN_MS = 30_000  # after so long a page asks for a stream once more

Free = Callable[[], None]


@pytest.fixture
def fill(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Free]]:
    """From the call on others listen in every place there is; what it returns frees one of them."""

    def filled() -> Free:
        full = streams.Places()
        for _ in range(services.settings.streams_per_process):
            full.take(services.settings.streams_per_process)
        monkeypatch.setattr(streams, "places", full)
        return full.give_back

    yield filled
    OPEN_STREAMS.set(0)  # nobody listened in truth


def stands_still(page: Page) -> None:
    """From now on the page's clock moves only when it is told to."""
    page.clock.install()
    page.clock.pause_at(now() + timedelta(minutes=1))


def seconds_until_asked(page: Page, way: str, times: int) -> int:
    """How far the page's clock was moved on, second by second, until the page had asked so often; then it goes on."""
    sent: list[Request] = []
    answered: list[Request] = []
    page.on("request", lambda asked: sent.append(asked) if urlsplit(asked.url).path.endswith(way) else None)
    page.on("requestfinished", lambda asked: answered.append(asked) if asked in sent else None)
    seconds = 0
    while len(answered) < times:
        if len(sent) == len(answered):
            page.clock.fast_forward(1000)
            seconds += 1
        page.wait_for_timeout(50)
    page.clock.resume()
    return seconds


def hears(page: Page, words: str) -> None:
    """It asks by its own clock, which is moved on, second by second, until the room has told it."""
    until_late = time.monotonic() + PATIENCE
    while page.locator("#room-words").text_content() != words:
        assert time.monotonic() < until_late, page.locator("#room-words").text_content()
        page.clock.fast_forward(1000)
        page.wait_for_timeout(50)


def listens_again(page: Page, *places: Free) -> None:
    """Once there are places, after a while."""
    with page.expect_response(lambda answer: urlsplit(answer.url).path.endswith("/stream") and answer.status == 200):
        for free in places:
            free()
        page.clock.fast_forward(AGAIN_MS)


def test_both_screens_still_meet(fill: Callable[[], Free], review: str, world: World, page_for: PageFor) -> None:
    free = fill()
    asha, priya = (page_for(person, review) for person in (world.asha, world.priya))
    stands_still(asha)
    press(asha, "Join the room")
    press(priya, "Join the room")
    says(priya, f"Asha is leading. You follow. {SLOW}")
    hears(asha, f"You are leading. Priya follows. {SLOW}")
    assert seconds_until_asked(asha, "/room", 20) < 90  # where it asks every ten seconds after a while, it is more
    assert moves(asha, priya, "video.currentTime = 9.01") == 270
    press(priya, "Take over")
    says(asha, f"Priya is leading. You follow. {SLOW}")

    listens_again(asha, free, free)  # one for Priya, whose page asks once more by its own clock
    says(asha, "Priya is leading. You follow.")
    press(priya, "Leave")
    says(asha, "You are leading. Priya is not here yet.")


def test_how_far_a_clip_is_goes_on_being_asked_and_is_heard_again_once_there_is_a_place(
    fill: Callable[[], Free], services: Services, world: World, page_for: PageFor
) -> None:
    """On the card of a clip that is on its way, and in what the upload and the studio follow it by."""
    with services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
        clip.state = ClipState.PROCESSING
    heard = """clip => import("/static/js/shared/follow.js")
      .then(({ follow }) => follow(clip, (news) => { window.news = news; }))"""
    for address, begin, shows in (
        (
            f"/clips/{clip.id}",
            "() => null",
            "document.querySelector('[data-progress=left]').textContent.includes('43 %')",
        ),
        ("/notices", heard, "window.news?.fraction === 0.43"),
    ):
        free, page = fill(), page_for(world.asha, "/notices")
        stands_still(page)
        page.goto(urljoin(page.url, address))
        page.evaluate(begin, str(clip.id))
        seconds_until_asked(page, "/progress", 5)
        listens_again(page, free)
        tell(services.events, clip.id, stage="converting", fraction=0.43)
        until(page, shows)
