"""What was made of every kind of film plays in a real browser, and each seek shows the frame that it should."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.media.conftest import Convert
from tests.media.test_convert import made
from tests.media.test_kinds import kinds
from tests.support.chromium import open_chromium
from tests.support.counter import counters
from tests.support.player import open_video, plays, seek
from tests.support.served import served
from veo_workflow.media import Converted

TURNED = {"ipad_hevc_hlg_rot90.mov": 90, "ipad_h264_1080p30_rot180.MOV": 180}
SEEKS = 8


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def everything(shared: Path) -> Iterator[tuple[str, Path]]:
    """Where all that is made in this session can be played from, and the folder that it lies in."""
    with served(shared) as origin:
        yield origin, shared


@pytest.fixture(scope="module")
def player(chromium: Browser, everything: tuple[str, Path]) -> Iterator[Page]:
    page = chromium.new_page()
    page.set_default_timeout(60_000)
    page.goto(everything[0])
    yield page
    page.close()


@pytest.mark.parametrize("kind", ["playback", "small"])
@pytest.mark.parametrize("name", kinds("ok", "damaged"))
def test_a_seek_shows_the_frame_that_is_there(
    converted: Convert, player: Page, everything: tuple[str, Path], name: str, kind: str
) -> None:
    clip, turned = converted(name), TURNED.get(name, 0)
    video = made(clip, kind)
    origin, folder = everything
    size = open_video(player, f"{origin}/files/{video.relative_to(folder)}")
    if kind == "playback":
        assert size == (clip.width, clip.height)
    wanted = moments(clip, name)
    there = counters(video, turned=turned)
    assert [sought.frame for sought in seek(player, wanted, clip.frame_rate, turned=turned)] == [
        there[n] for n in wanted
    ]
    plays(player)


def moments(clip: Converted, name: str) -> list[int]:
    """Frames to go to: here and there, the last one and the first."""
    inside = range(1, clip.frames - 1)
    chosen = random.Random(name).sample(inside, min(SEEKS, len(inside)))
    return [*chosen, clip.frames - 1, 0]
