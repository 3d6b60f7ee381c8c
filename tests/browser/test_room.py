"""The review on two screens, in two real browsers, on a film whose every frame carries its own number."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PageFor, assert_accessible_in_every_look, shows, until
from tests.support.camera import counter, ffmpeg, h264
from tests.support.relay import Relay, relay_to
from tests.support.world import World, make_clip, make_tag
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.services import Services

RATE, SECONDS = 30, 12
FIRST, LAST = 1517 * RATE // 1000, 2017 * RATE // 1000  # frames: where the long moment begins, the short one ends

PLAYS = "!document.querySelector('video').paused"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("room") / "playback.mp4"
    source = f"color=c=0x305070:s=640x360:r={RATE}:d={SECONDS}"
    codec = h264(800, gop=RATE // 2)
    ffmpeg("-f", "lavfi", "-i", source, "-vf", counter(360), *codec, "-movflags", "+faststart", path)
    return path


@pytest.fixture
def review(services: Services, world: World, film: Path) -> str:
    """Where the review is: two clips of Asha's with a moment each, a short one and a long one."""
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        cycle.stage = Stage.IMPROVE
        for title, (start, end) in (("Where we started", (517, 2017)), ("Coming in after lunch", (1517, 11517))):
            clip = make_clip(session, cycle, world.asha, title=title)
            clip.duration_ms, clip.frames = SECONDS * 1000, SECONDS * RATE
            services.storage.put(f"clips/{clip.id}/1/playback.mp4", film, "video/mp4")
            tag = make_tag(session, clip, world.priya, world.strategy)
            tag.start_ms, tag.end_ms = start, end
    return f"/cycles/{world.cycle.id}/review"


@pytest.fixture
def line(origin: str) -> Iterator[Relay]:
    """Priya's line to the school, which can be cut."""
    with relay_to(origin) as relay:
        yield relay


def says(page: Page, words: str) -> None:
    expect(page.locator("#room-words")).to_have_text(words)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def moves(leader: Page, follower: Page, deed: str) -> int:
    """What the leader's hand does to the picture, until both are at rest on the frame that the room was told.

    After a pause that may be one beyond the frame it stopped on: a picture's clock runs ahead of the picture.
    """
    with leader.expect_request(lambda request: '"move"' in (request.post_data or "")) as said:
        leader.locator("video").evaluate(f"video => {{ {deed}; }}")
    place = said.value.post_data_json["place"]
    assert not place["playing"]
    frame = int(place["at"] * RATE / 1000)
    for page in (leader, follower):
        shows(page, frame)
    return frame


@contextlib.contextmanager
def held(page: Page, word: str) -> Iterator[None]:
    """Of what the page says to the room, the one thing with this word leaves after the block."""
    waiting: list[Route] = []
    page.evaluate("() => { AbortSignal.timeout = () => new AbortController().signal; }")
    page.route(
        "**/room", lambda route: waiting.append(route) if word in (route.request.post_data or "") else route.continue_()
    )
    with page.expect_request(lambda request: word in (request.post_data or "")):
        yield
    [route] = waiting
    route.continue_()
    page.unroute("**/room")


def test_two_screens_meet_in_the_room(review: str, world: World, page_for: PageFor, line: Relay, origin: str) -> None:
    asha = page_for(world.asha, review)
    priya = page_for(world.priya, review, "ipad")
    priya.goto(f"{line.origin}{review}")

    says(asha, "On two screens? Join, and the picture moves on both.")
    press(asha, "Join the room")
    says(asha, "You are leading. Priya is not here yet.")
    asha.locator("[data-moment]").nth(1).click()
    until(asha, PLAYS)
    asha.locator("video").evaluate("video => { video.playbackRate = 0.25; }")  # on a busy machine too it lasts

    press(priya, "Join the room")  # late: she gets the moment, the place and that it plays
    says(priya, "Asha is leading. You follow.")
    says(asha, "You are leading. Priya follows.")
    until(priya, PLAYS)
    until(priya, "Math.abs(document.querySelector('video').playbackRate - 0.25) <= 0.025")
    expect(priya.locator("li.now [data-moment]")).to_have_attribute(
        "data-moment", asha.locator("li.now [data-moment]").get_attribute("data-moment") or ""
    )

    assert moves(asha, priya, "video.pause()") >= FIRST
    assert_accessible_in_every_look(priya)
    asha.locator("video").evaluate("video => { video.playbackRate = 1; }")
    until(priya, "document.querySelector('video').playbackRate === 1")

    assert moves(asha, priya, "video.currentTime = 9.01") == 270

    press(priya, "Take over")
    says(priya, "You are leading. Asha follows.")
    says(asha, "Priya is leading. You follow.")
    slowly = "video => { video.defaultPlaybackRate = video.playbackRate = %s; }"
    priya.locator("video").evaluate(slowly % 0.25)
    priya.locator("[data-moment]").first.click()
    until(asha, PLAYS)
    for page in (asha, priya):  # the span ends for both, on its last frame
        shows(page, LAST)
    priya.locator("video").evaluate(slowly % 1)
    says(asha, "Priya is leading. You follow.")

    with held(asha, '"explore"'):  # until the room has heard it, it still takes her for one who follows
        asha.locator("video").evaluate("video => { video.currentTime = 3.01; }")
        with priya.expect_response(lambda answer: '"move"' in (answer.request.post_data or "")):
            priya.locator("video").evaluate("video => { video.currentTime = 8.01; }")
    says(asha, "Priya is leading. You look around freely.")
    says(priya, "You are leading. Asha is here and looks around freely.")
    assert_accessible_in_every_look(asha)
    shows(priya, 240)
    shows(asha, 90)
    press(asha, "Follow Priya")
    shows(asha, 240)
    says(priya, "You are leading. Asha follows.")
    asha.locator("video").evaluate(  # a hand that is there while the picture is on its way to the room's place
        "video => video.addEventListener('seeking', () => { video.currentTime = 3.01; }, { once: true })"
    )
    priya.locator("video").evaluate("video => { video.currentTime = 7.01; }")
    says(asha, "Priya is leading. You look around freely.")
    shows(asha, 90)
    press(asha, "Follow Priya")
    shows(asha, 210)

    line.cut()
    says(priya, "The line is down. You go on here by yourself; the room catches up when it is back.")
    priya.locator("video").evaluate("video => { video.currentTime = 5.01; }")
    shows(priya, 150)
    assert_accessible_in_every_look(priya)
    line.mend()
    says(priya, "You are leading. Asha follows.")
    shows(asha, 150)

    press(priya, "Leave")
    says(asha, "You are leading. Priya is not here yet.")
    says(priya, "On two screens? Join, and the picture moves on both.")
