"""The review on two screens: how far apart they play, whether they rest on one frame, and how many streams are held."""

import contextlib
import functools
import http.client
import random
import statistics
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.over_http import Visitor
from tests.browser.conftest import READ_FRAME
from tests.support.camera import counter, ffmpeg, h264
from tests.support.live import School
from tests.support.relay import far_relay_to
from tests.support.world import make_clip, make_tag
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.people.models import Person

RATE, SECONDS = 30, 40
PLAYS, PLAYED_SECONDS = 3, 10
RESTS, STEPS = 100, 60  # of so many the first are steps, the others are pauses while it plays
FAR_SECONDS = 0.120
STREAMS = 500
REQUESTS = 80
PATIENCE = 60

_SAMPLE = """() => {
  const video = document.querySelector("video");
  window.samples = [];
  setInterval(() => {
    if (!video.paused && !video.seeking) {
      window.samples.push([performance.timeOrigin + performance.now(), video.currentTime * 1000]);
    }
  }, 20);
}"""
_AT_REST = """() => {
  const video = document.querySelector("video");
  return video.paused && !video.seeking && video.readyState > 1 ? video.currentTime : null;
}"""
_PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))"
_PLAYS = "!document.querySelector('video').paused"


@dataclass(frozen=True)
class Screens:
    """Both are in the room; the leader's hand moves the picture."""

    leader: Page
    follower: Page


def prepare(school: School, folder: Path) -> str:
    """Where the review is, with one moment of half a minute whose every frame carries its number."""
    film = folder / "playback.mp4"
    source = f"color=c=0x305070:s=640x360:r={RATE}:d={SECONDS}"
    codec = h264(800, gop=RATE // 2)
    ffmpeg("-f", "lavfi", "-i", source, "-vf", counter(360), *codec, "-movflags", "+faststart", film)
    with school.services.database.transaction() as session:
        cycle = session.get_one(Cycle, school.world.cycle.id)
        cycle.stage = Stage.IMPROVE
        clip = make_clip(session, cycle, school.world.asha)
        clip.duration_ms, clip.frames = SECONDS * 1000, SECONDS * RATE
        school.services.storage.put(f"clips/{clip.id}/1/playback.mp4", film, "video/mp4")
        tag = make_tag(session, clip, school.world.priya, school.world.strategy)
        tag.start_ms, tag.end_ms = 517, 30_517
    return f"/cycles/{school.world.cycle.id}/review"


@contextlib.contextmanager
def two_screens(browser: Browser, school: School, path: str, *, far: bool = False) -> Iterator[Screens]:
    """`far`: whatever goes to the follower and whatever comes from there takes 120 ms longer."""
    with contextlib.ExitStack() as open_things:
        origin = open_things.enter_context(far_relay_to(school.origin, FAR_SECONDS)).origin if far else school.origin
        pages = []
        for person, at in ((school.world.asha, school.origin), (school.world.priya, origin)):
            page = _page(browser, school, person)
            open_things.callback(_leave, page)
            page.goto(f"{at}{path}")
            page.get_by_role("button", name="Join the room").click()
            pages.append(page)
        _until(lambda: "You are leading. Priya follows" in (pages[0].locator("#room-words").text_content() or ""))
        _until(lambda: "You follow" in (pages[1].locator("#room-words").text_content() or ""))
        yield Screens(*pages)


def drift_ms(screens: Screens) -> float:
    """How far apart the two pictures are while both play, p95 over plays of ten seconds each, their beginnings too."""
    pages = (screens.leader, screens.follower)
    for page in pages:
        page.evaluate(_SAMPLE)
    apart: list[float] = []
    for _ in range(PLAYS):
        screens.leader.locator("#play").click()
        for page in pages:
            _until(functools.partial(page.evaluate, _PLAYS))
        screens.leader.wait_for_timeout(PLAYED_SECONDS * 1000)
        screens.leader.locator("video").evaluate("video => video.pause()")
        _rested(screens)
        apart += _apart(*(page.evaluate("window.samples.splice(0)") for page in pages))
    return statistics.quantiles(apart, n=20)[-1]


def _apart(ones: list[list[float]], others: list[list[float]]) -> list[float]:
    """At each sample of the one, where the other was then, between its two nearest samples."""
    times = [at for at, _ in others]
    found = []
    for at, position in ones:
        after = bisect_left(times, at)
        if 0 < after < len(times) and times[after] - times[after - 1] < 200:
            (t0, p0), (t1, p1) = others[after - 1], others[after]
            found.append(abs(position - (p0 + (p1 - p0) * (at - t0) / (t1 - t0))))
    return found


def same_frames(screens: Screens) -> int:
    """Of a hundred rests, steps and pauses, after how many both pictures show one and the same number."""
    chance = random.Random(5)
    same = 0
    for turn in range(RESTS):
        if turn < STEPS:
            by = chance.choice((-1, 1, 1, -15, 30))
            screens.leader.locator("video").evaluate(f"video => {{ video.currentTime += {by} / {RATE}; }}")
            _rested(screens)
        else:
            screens.leader.locator("#play").click()
            _until(lambda: screens.follower.evaluate(_PLAYS))
            screens.leader.wait_for_timeout(chance.randrange(100, 900))
            screens.leader.locator("video").evaluate("video => video.pause()")
            _rested(screens)
        numbers = [page.locator("video").evaluate(READ_FRAME) for page in (screens.leader, screens.follower)]
        same += numbers[0] == numbers[1]
    return same


def _rested(screens: Screens) -> None:
    """Both have come to rest; for good, a while later too."""
    for _ in range(2):
        late = time.monotonic() + 5
        while time.monotonic() < late:
            here, there = screens.leader.evaluate(_AT_REST), screens.follower.evaluate(_AT_REST)
            if here is not None and here == there:
                break
            screens.leader.wait_for_timeout(20)
        screens.leader.wait_for_timeout(250)
    for page in (screens.leader, screens.follower):
        page.evaluate(_PAINTED)


def streams_beside_requests(school: School) -> tuple[int, float]:
    """How many pages one events process holds in rooms, and how long an ordinary request takes then over idle."""
    visitor, listener = Visitor(school, school.world.asha), f"127.0.0.1:{school.environment['VEO_EVENTS_PORT']}"
    address = f"/api/cycles/{school.world.cycle.id}/room"
    cookie = "=".join(school.cookie(school.world.priya))

    def ordinary() -> float:
        taken = []
        for _ in range(REQUESTS):
            began = time.perf_counter()
            visitor.ask("GET", "/api/clips/progress")
            taken.append(time.perf_counter() - began)
        return statistics.median(taken)

    ordinary()
    before = ordinary()
    with contextlib.ExitStack() as pages:
        answers = [pages.enter_context(_listening(listener, f"{address}/stream", cookie)) for _ in range(STREAMS)]
        beside = ordinary()
        seat = "01926c3e-7c4a-7000-8000-000000000001"
        visitor.ask("POST", address, {"deed": "here", "seat": seat})
        held = sum(any(seat.encode() in line for line in iter(answer.readline, b"")) for answer in answers)
    after = ordinary()
    return held, beside / statistics.mean((before, after))


@contextlib.contextmanager
def _listening(host: str, path: str, cookie: str) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(host, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        assert answer.readline() == b": listening\n", answer.status
        yield answer


def _page(browser: Browser, school: School, person: Person) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    name, value = school.cookie(person)
    context.add_cookies([{"name": name, "value": value, "url": school.origin}])
    context.set_default_timeout(PATIENCE * 1000)
    return context.new_page()


def _leave(page: Page) -> None:
    """By its door, so that nobody's empty seat leads whoever comes next."""
    page.get_by_role("button", name="Leave", exact=True).click()
    page.get_by_role("button", name="Join the room").wait_for()
    page.context.close()


def _until(holds: Callable[[], Any]) -> None:
    late = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < late
        time.sleep(0.02)
