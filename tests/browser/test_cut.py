"""A moment that was cut out without encoding it anew, as a browser plays it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import READ_FRAME, PageFor, comes_about, until
from tests.support.camera import counter, ffmpeg, h264, voice
from tests.support.world import World, make_clip
from veo_workflow.clips.models import Clip
from veo_workflow.services import Services

RATE, SECONDS = 30, 3
# Keyframes wherever a camera pleases; the moment lies between two of them.
KEYFRAMES = (0.3, 0.5, 1.2, 2.1, 2.133)
FIRST, LAST = 20, 50


@pytest.fixture(params=[0, 3], ids=["as we encode", "B-frames"])
def clip(request: pytest.FixtureRequest, services: Services, world: World, tmp_path: Path) -> Clip:
    film = tmp_path / "film.mp4"
    forced = ("-force_key_frames", ",".join(map(str, KEYFRAMES)))
    codec = (*h264(800, gop=29, b_frames=request.param), *forced, "-c:a", "aac")
    picture = ("-f", "lavfi", "-i", f"testsrc2=s=640x360:r={RATE}:d={SECONDS}", *voice(SECONDS, 0.3))
    ffmpeg(*picture, "-vf", counter(360), *codec, "-movflags", "+faststart", film)
    with services.database.transaction() as session:
        made = make_clip(session, world.cycle, world.asha)
        made.duration_ms, made.frames = SECONDS * 1000, SECONDS * RATE
    services.storage.put(f"clips/{made.id}/1/playback.mp4", film, "video/mp4")
    return made


@pytest.fixture
def cut(clip: Clip, page_for: PageFor, world: World) -> Page:
    """Some page of Priya's with the cut in it; `window.seen` is each frame it showed, and when."""
    page = page_for(world.priya, "/")
    address = f"/media/{clip.id}/cut/{FIRST * 1000 // RATE + 17}/{LAST * 1000 // RATE + 17}"
    page.evaluate(
        f"""address => {{
          const video = document.createElement("video"), read = {READ_FRAME};
          window.seen = [];
          const note = (_now, {{ mediaTime }}) => {{ window.seen.push([mediaTime, read(video)]);
            video.requestVideoFrameCallback(note); }};
          video.requestVideoFrameCallback(note);
          video.preload = "auto"; video.src = address;
          document.querySelector("main").prepend(video);
        }}""",
        address,
    )
    until(page, "window.seen.length > 0")
    return page


def seek(page: Page, seconds: float) -> list[Any]:
    """When the frame that is shown there starts, and its number."""
    told: list[Any] = []

    def is_told() -> bool:
        """A busy browser may tell nothing of a frame: then it is sought again, by way of the film's end."""
        for place in (1e6, seconds):
            page.evaluate("to => { window.seen = []; document.querySelector('video').currentTime = to; }", place)
            until(page, "!document.querySelector('video').seeking")
        page.wait_for_timeout(200)
        told[:] = page.evaluate("window.seen.at(-1)") or []
        return bool(told)

    comes_about(page, is_told)
    return told


def test_it_begins_with_the_moments_first_frame_is_exact_everywhere_and_plays_to_its_end(cut: Page) -> None:
    assert cut.evaluate("window.seen[0]") == [0, FIRST]
    moment = (LAST - FIRST + 1) / RATE
    duration = cut.evaluate("document.querySelector('video').duration")
    assert moment - 0.01 < duration < moment + 6 / RATE  # with B-frames, what the last frame needs comes after it

    for frame in (29, 3, 17, 1, 30, 10):
        assert seek(cut, (frame + 0.5) / RATE) == [pytest.approx(frame / RATE, abs=0.002), FIRST + frame]

    seek(cut, 0)
    cut.evaluate("() => { window.seen = []; document.querySelector('video').play(); }")
    until(cut, "document.querySelector('video').ended")
    shown = [frame for _, frame in cut.evaluate("window.seen.slice()")]
    assert min(shown) >= FIRST
    assert shown[-1] >= LAST
    assert shown == sorted(shown)
