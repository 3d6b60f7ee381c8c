"""A lesson is watched and marked while it is converted; then the rendition takes over, at the same frame."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from tests.browser.conftest import (
    PageFor,
    assert_accessible,
    assert_accessible_in_every_look,
    pictured,
    until,
)
from tests.browser.studio.helping import all_sent, show
from tests.support.camera import counter, ffmpeg, film, h264, hevc, voice
from tests.support.world import World
from veo_workflow.clips import operations, processing
from veo_workflow.clips.models import Clip, ClipState, Purpose
from veo_workflow.clips.progress import tell
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.media import Interrupted
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.tags import operations as tagging
from veo_workflow.tags.models import Tag

RATE = 30
SECONDS = 12


@dataclass(frozen=True)
class Held:
    """A clip that waits to be converted; `finish` lets it, and comes back when it has been."""

    id: str
    finish: Callable[[], None]


Hold = Callable[[Path], Held]


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As a camera films at sixty a second, with B-frames and keyframes far apart."""
    path = tmp_path_factory.mktemp("film") / "Coming in after lunch.mov"
    picture = f"gradients=s=640x360:r={2 * RATE}:d={SECONDS}:c0=0x30506a:c1=0xa07040:x0=0:y0=0:x1=640:y1=360:speed=0.01"
    sound = [*voice(SECONDS, 0.3), "-map", "0:v", "-map", "1:a", "-c:a", "aac", "-ac", 1, "-b:a", "64k"]
    codec = h264(900, gop=2 * RATE, b_frames=2)
    ffmpeg("-f", "lavfi", "-i", picture, *sound, "-vf", counter(360), *codec, path)
    return path


@pytest.fixture
def hold(services: Services, world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hold]:
    """Upload a film for Asha, shared with Priya, and process it up to the door of the conversion."""
    go_on, give_up, started = threading.Event(), threading.Event(), threading.Event()
    convert, workers = processing.media.convert, []

    def waiting(*arguments: Any, **named: Any) -> Any:
        started.set()
        assert go_on.wait(600)  # for all that is looked at before, on a busy machine
        if give_up.is_set():
            raise Interrupted
        return convert(*arguments, **named)

    monkeypatch.setattr(processing.media, "convert", waiting)

    def held(path: Path) -> Held:
        clip_id = add_file(
            services, world.asha, world.cycle.id, Purpose.PROGRESS, path, lambda _fraction: None, share=True
        )
        worker = threading.Thread(
            target=processing.process, args=(services, clip_id), kwargs={"when_published": tagging.keep_inside}
        )
        worker.start()
        workers.append(worker)
        assert started.wait(300)
        tell(services.events, clip_id, stage="converting", fraction=0.43, seconds_left=130, watchable=True)

        def finish() -> None:
            go_on.set()
            worker.join(200)
            with services.database.reading() as session:
                assert session.get_one(Clip, clip_id).state in {ClipState.READY, ClipState.WITHDRAWN}

        return Held(str(clip_id), finish)

    yield held
    give_up.set()
    go_on.set()
    for worker in workers:
        worker.join(200)


def opened(page_for: PageFor, person: Person, clip: Held, screen: str = "laptop") -> Page:
    page = page_for(person, f"/clips/{clip.id}", screen)
    page.locator("main[data-ready]").wait_for()
    return page


def ask_again(page: Page) -> None:
    """The browser asks for the picture's bytes once more, as it does for those that it does not hold."""
    page.locator("video").evaluate("video => { video.src = `${video.currentSrc}?again`; }")


def source_of(page: Page) -> str:
    return str(page.locator("video").evaluate("video => video.currentSrc"))


def tags(services: Services) -> list[Tag]:
    with services.database.reading() as session:
        return list(session.scalars(select(Tag).order_by(Tag.pressed_ms)))


def go_to(page: Page, frame: int) -> None:
    """Rests on that frame of the clip, which the camera's own counter knows as twice as much."""
    page.locator("#scrub").fill(str(frame))
    expect(page.locator("[data-frame]")).to_have_attribute("data-frame", str(frame))
    until(page, "!document.querySelector('video').seeking")
    pictured(page, 2 * frame)
    page.locator("#scrub").blur()


def shows_after(page: Page, frame: int, camera: int) -> None:
    until(page, "document.querySelector('video').readyState >= 2 && !document.querySelector('video').seeking")
    expect(page.locator("[data-frame]")).to_have_attribute("data-frame", str(frame))
    pictured(page, camera)


TAKEN_OVER = "document.querySelector('video').currentSrc.endsWith('/playback')"


def test_the_rendition_takes_over_from_the_preview_at_the_same_frame_however_it_is_watched(
    hold: Hold, lesson: Path, services: Services, page_for: PageFor, world: World
) -> None:
    """Three pages on one clip: at rest and marked, playing, and without a line while it is finished."""
    clip = hold(lesson)
    page = from_a_card(page_for, world.priya, f"/cycles/{world.cycle.id}", clip)
    expect(page.locator("#converting")).to_contain_text("Converting 43 %, about 2 min left")
    expect(page.locator("#converting")).to_contain_text("You can already watch and mark it.")
    sampled = [7, 100, 133, 250, 290, 333]
    for frame in sampled:
        go_to(page, frame)
    for key, frame in (("1", 100), ("2", 250)):
        go_to(page, frame)
        page.keyboard.press(key)
    expect(page.locator(".moment")).to_have_count(2)
    all_sent(page)
    assert [tag.pressed_ms * RATE // 1000 for tag in tags(services)] == [100, 250]
    assert source_of(page).endswith("/preview")

    cut_off = opened(page_for, world.priya, clip)
    go_to(cut_off, 200)
    cut_off.context.set_offline(True)
    playing = from_a_card(page_for, world.asha, "/", clip)
    playing.locator("video").evaluate("video => { video.loop = true; }")  # however long the conversion takes
    playing.keyboard.press("l")
    playing.keyboard.press("l")
    until(playing, "!document.querySelector('video').paused && document.querySelector('video').currentTime > 0.3")

    clip.finish()
    until(playing, TAKEN_OVER)
    until(playing, "!document.querySelector('video').paused && document.querySelector('video').readyState >= 3")
    assert playing.locator("video").evaluate("video => video.playbackRate") == 1.5
    playing.close()

    expect(page.locator("#converting")).to_have_count(0)
    until(page, TAKEN_OVER)
    shows_after(page, 250, 2 * 250)
    for frame in sampled:
        go_to(page, frame)
    expect(page.locator(".moment")).to_have_count(2)
    for tag in tags(services):
        page.locator(f'.moment[data-id="{tag.id}"] .jump').click()
        until(page, "!document.querySelector('video').paused")
        page.keyboard.press("k")
        until(page, "document.querySelector('video').paused")
        go_to(page, tag.pressed_ms * RATE // 1000)
    until(page, "(document.querySelector('#wave path').getAttribute('d') ?? '').length > 100")
    page.reload()
    page.locator("main[data-ready]").wait_for()
    expect(page.locator(".moment")).to_have_count(2)

    cut_off.context.set_offline(False)  # no news came through: the picture's own trouble is the sign to look again
    ask_again(cut_off)
    until(cut_off, TAKEN_OVER)
    shows_after(cut_off, 200, 400)
    expect(cut_off.locator("#picture-trouble")).to_be_hidden()


def from_a_card(page_for: PageFor, person: Person, path: str, clip: Held) -> Page:
    """Through the card that says how far it is, and that one may watch it now."""
    page = page_for(person, path)
    expect(page.locator("[data-progress=left]").first).to_have_text(" 43 %, about 2 min left")
    assert_accessible(page)
    page.get_by_role("link", name="Watch it now").first.click()
    page.locator("main[data-ready]").wait_for()
    assert page.url.endswith(f"/clips/{clip.id}")
    return page


def test_a_page_opens_as_soon_as_there_is_something_to_watch_and_says_why_when_there_is_no_more(
    hold: Hold, lesson: Path, page_for: PageFor, services: Services, world: World
) -> None:
    hold(lesson)
    with services.database.transaction() as session:
        row = session.scalars(select(Clip)).one()
        row.state = ClipState.QUEUED
    waiting = page_for(world.asha, f"/clips/{row.id}")
    expect(waiting.get_by_role("heading", level=1)).to_have_text("Coming in after lunch is on its way")
    expect(waiting.get_by_role("link", name="Watch it now")).to_have_count(0)
    with services.database.transaction() as session:
        session.get_one(Clip, row.id).state = ClipState.PROCESSING
    tell(services.events, row.id, stage="checking", fraction=0.0, watchable=True)
    waiting.locator("main[data-ready]").wait_for()
    expect(waiting.locator("#converting")).to_be_visible()
    tell(services.events, row.id, stage="converting", fraction=0.43, seconds_left=130, watchable=True)
    expect(waiting.locator("#converting")).to_contain_text("Converting 43 %, about 2 min left")
    until(waiting, "document.querySelector('video').readyState >= 2")
    assert_accessible_in_every_look(waiting)

    with services.database.transaction() as session:
        failed = session.get_one(Clip, row.id)
        failed.state, failed.reason = ClipState.FAILED, "The server's disk is full."
    tell(services.events, row.id, stage="failed", fraction=1.0, sentence="The server's disk is full.")
    expect(waiting.locator("#converting")).to_have_text("The server's disk is full.")
    with services.database.transaction() as session:
        session.get_one(Clip, row.id).state = ClipState.PROCESSING
    tell(services.events, row.id, stage="converting", fraction=0.43, watchable=True)

    page = page_for(world.priya, f"/clips/{row.id}")
    page.locator("main[data-ready]").wait_for()
    go_to(page, 30)
    with services.database.transaction() as session:
        operations.withdraw(session, session.get_one(Clip, row.id), by=world.asha)
    ask_again(page)
    expect(page.locator("#converting")).to_have_text("This clip is not there any more, or no longer shared with you.")
    expect(page.locator("#picture-trouble")).to_be_hidden()
    assert_accessible(page)


@pytest.fixture(scope="module")
def unplayable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HEVC, which Chromium on this system does not play."""
    path = tmp_path_factory.mktemp("hevc") / "Coming in after lunch.mov"
    film(path, (320, 180), 2, hevc(600), sound=[])
    return path


def test_where_the_browser_cannot_play_it_the_page_says_so_and_opens_once_it_is_converted(
    hold: Hold, unplayable: Path, page_for: PageFor, world: World
) -> None:
    clip = hold(unplayable)
    page = opened(page_for, world.priya, clip)
    expect(page.locator("#not-yet")).to_contain_text("You can watch and mark it here once it is converted.")
    expect(page.locator("#converting")).to_contain_text("Converting 43 %, about 2 min left")
    assert page.locator("#converting progress").evaluate("bar => bar.value") == 0.43
    expect(page.locator("#timeline, #steps, #transport, #moments, video").locator("visible=true")).to_have_count(0)
    assert_accessible(page)
    clip.finish()
    expect(page.locator("#transport")).to_be_visible()
    until(page, "document.querySelector('video').readyState >= 2")
    show(page, 30)
    assert source_of(page).endswith("/playback")
