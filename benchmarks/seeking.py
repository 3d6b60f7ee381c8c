"""Jumping about in a clip in Chromium: whether the frame is the right one, and how long it takes to be on screen."""

import random
import statistics
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.support.camera import ffmpeg
from tests.support.counter import counters
from tests.support.player import Sought, open_video, seek
from tests.support.served import served
from veo_workflow.media import Converted

SEEKS = 200
AT_ONCE = 20
_OTHER = "intra.mp4"


@dataclass(frozen=True)
class Seeks:
    """`p95` of ours over that of a file in which every frame is a keyframe; milliseconds of both at the median."""

    wrong: int
    p95: float
    ours_ms: float
    intra_ms: float


def random_seeks(browser: Browser, clip: Converted, folder: Path) -> Seeks:
    """The same moments in our rendition and in an all-intra file of its picture, twenty of the one and of the other."""
    playback = next(output.path for output in clip.outputs if output.kind == "playback")
    (folder / playback.name).hardlink_to(playback)
    encoding = ("-c:v", "libx264", "-preset", "veryfast", "-crf", 23, "-g", 1, "-movflags", "+faststart")
    ffmpeg("-i", playback, "-an", *encoding, folder / _OTHER)
    there = counters(playback)
    wanted = _moments(clip.frames)
    ours: list[Sought] = []
    intra: list[Sought] = []
    with served(folder) as origin:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(origin)
        for first in range(0, SEEKS, AT_ONCE):
            frames = wanted[first : first + AT_ONCE]
            for name, found in ((playback.name, ours), (_OTHER, intra)):
                found += _in(page, f"{origin}/files/{name}", frames, clip)
        page.close()
    wrong = sum(sought.frame != there[n] for sought, n in zip(ours, wanted, strict=True))
    return Seeks(wrong, _p95(ours) / _p95(intra), _median(ours), _median(intra))


def _in(page: Page, address: str, frames: list[int], clip: Converted) -> list[Sought]:
    open_video(page, address)
    return seek(page, frames, clip.frame_rate)


def _moments(frames: int) -> list[int]:
    """Anywhere, but never the picture that is on screen already, which is frame 0 in a video just opened."""
    chance = random.Random(9)
    chosen = [0]
    while len(chosen) <= SEEKS:
        n = chance.randrange(1, frames)
        if n != chosen[-1]:
            chosen.append(n)
    return chosen[1:]


def _p95(sought: list[Sought]) -> float:
    return statistics.quantiles([each.ms for each in sought], n=20)[-1]


def _median(sought: list[Sought]) -> float:
    return statistics.median(each.ms for each in sought)
