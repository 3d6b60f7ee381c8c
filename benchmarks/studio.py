"""The studio in Chromium: how soon a press is on screen, how soon a moment is, and what five hundred moments cost."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.measuring import in_turns
from tests.support.live import School
from tests.support.world import make_tag
from veo_workflow.clips.models import Clip

PRESSES = 20
MOMENTS, ROUNDS = 40, 3
MANY, LOADS = 500, 15

# A press inside a frame, then how many frames it takes until its marker is in the document and has a size. Each is
# undone, or the next one would make it longer.
_PRESS = """async (presses) => {
  performance.setResourceTimingBufferSize(1000);
  const frame = () => new Promise(requestAnimationFrame);
  const scrub = document.getElementById("scrub");
  const seen = (one) => one.getBoundingClientRect().width > 0;
  const markers = () => [...document.querySelectorAll(".lane rect.m")].filter(seen).length;
  const taken = [];
  for (let press = 0; press < presses; press += 1) {
    scrub.value = Math.round(scrub.max * press / presses);
    scrub.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => setTimeout(done, 100));
    await frame();
    const before = markers();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: press % 2 ? "1" : "2", bubbles: true }));
    let frames = 0;
    do { await frame(); frames += 1; } while (markers() === before && frames < 60);
    taken.push(frames);
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "z", ctrlKey: true, bubbles: true }));
    await frame();
  }
  return taken;
}"""

# The same moments in turns: by a tap on the mark, and by setting the bare element's time; ms until the frame is shown.
_JUMP = """async (turn) => {
  const video = document.getElementById("video");
  const shown = async (work) => {
    const there = new Promise((done) => video.addEventListener("seeked", done, { once: true }));
    const painted = new Promise((done) => video.requestVideoFrameCallback(done));
    const began = performance.now();
    work();
    await Promise.all([there, painted]);
    return performance.now() - began;
  };
  const away = async () => {
    video.pause();
    await shown(() => { video.currentTime = 0.01 + Math.random() / 20; });
  };
  const found = { ours: [], raw: [] };
  const marks = Array.from(document.querySelectorAll(".lane g"));
  for (const [place, mark] of marks.entries()) {
    const start = { at: 0 };
    const ways = {
      ours: () => mark.firstElementChild.dispatchEvent(new MouseEvent("click", { bubbles: true })),
      raw: () => { video.currentTime = start.at; },
    };
    await away();
    await shown(ways.ours);
    start.at = video.currentTime;
    for (const way of (place + turn) % 2 ? ["ours", "raw"] : ["raw", "ours"]) {
      await away();
      found[way].push(await shown(ways[way]));
    }
  }
  return found;
}"""


# Of every moment that was sent, how long its answer took from the press's own request on.
_KEPT = """() => performance.getEntriesByType("resource")
  .filter((one) => new RegExp("/api/clips/[^/]+/tags/").test(one.name)).map((one) => one.duration)"""


def press(browser: Browser, school: School, clip: Clip) -> tuple[float, float]:
    """Of twenty presses by key, each undone: the most frames until one is painted, 1 is the very next; and the p95 of
    the ms until the server has kept, or taken back, what was pressed."""
    with _studio(browser, school, clip) as page:
        frames = float(max(page.evaluate(_PRESS, PRESSES)))
        while page.evaluate("Object.keys(localStorage).some((key) => key.startsWith('veo unsent'))"):
            page.wait_for_timeout(50)
        return frames, float(statistics.quantiles(page.evaluate(_KEPT), n=20)[-1])


def seek_over_raw(browser: Browser, school: School, clip: Clip) -> float:
    """The p95 from a tap on a moment until its first frame is shown, over the bare element's: median of the rounds."""
    _mark(school, clip, MOMENTS)
    ratios: list[float] = []
    with _studio(browser, school, clip) as page:
        for turn in range(ROUNDS):
            found = page.evaluate(_JUMP, turn)
            ours, raw = (statistics.quantiles(found[way], n=20)[-1] for way in ("ours", "raw"))
            ratios.append(ours / raw)
    return float(statistics.median(ratios))


def page_with_many_over_none(browser: Browser, school: School, full: Clip, empty: Clip) -> float:
    """From asking for the clip's page until its steps can be pressed, with five hundred moments on it over none."""
    _mark(school, full, MANY)
    context = _context(browser, school)
    page = context.new_page()

    def load(clip: Clip) -> float:
        page.goto(f"{school.origin}/clips/{clip.id}")
        page.locator("main[data-ready] .step-button").first.wait_for()
        while not page.evaluate("performance.getEntriesByName('ready').length"):
            page.wait_for_timeout(20)
        return float(page.evaluate("performance.getEntriesByName('ready')[0].startTime"))

    page.add_init_script(
        """{ const look = () => document.querySelector("main[data-ready]") ? performance.mark("ready")
        : requestAnimationFrame(look); look(); }"""
    )
    for clip in (full, empty):  # the browser keeps what the page is made of
        load(clip)
    ratio = in_turns(lambda: load(full), lambda: load(empty), pairs=LOADS)
    context.close()
    return ratio


@contextmanager
def _studio(browser: Browser, school: School, clip: Clip) -> Iterator[Page]:
    context = _context(browser, school)
    page = context.new_page()
    page.goto(f"{school.origin}/clips/{clip.id}")
    page.locator("main[data-ready] .step-button").first.wait_for()
    while page.locator("video").evaluate("video => video.readyState < 2"):
        page.wait_for_timeout(50)
    yield page
    context.close()


def _context(browser: Browser, school: School) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    name, value = school.cookie(school.world.priya)
    context.add_cookies([{"name": name, "value": value, "url": school.origin}])
    return context


def _mark(school: School, clip: Clip, moments: int) -> None:
    with school.services.database.transaction() as session:
        apart = (clip.duration_ms or 0) / (moments + 1)
        for place in range(moments):
            at = 500 + round(apart * place)
            tag = make_tag(session, clip, school.world.priya, school.world.strategy, at_ms=at)
            tag.start_ms, tag.end_ms = at, at + 400
