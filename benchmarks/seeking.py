"""Jumping about in a clip in Chromium: whether the frame is the right one, and how long it takes to be on screen."""

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.support.camera import ffmpeg
from tests.support.counter import counters
from tests.support.player import Sought, open_video, seek
from tests.support.served import served
from veo_workflow.media import Converted

ROUNDS = 5
SEEKS = 200  # in each round
AT_ONCE = 20  # seeks in a video before it is opened anew
_OTHER = "intra.mp4"
_SECOND_PLAYER = """() => {
  const first = document.querySelector("video");
  first.style.width = "49%";  // both on screen: what is not is painted when it suits the browser
  first.after(first.cloneNode());
}"""
Pair = tuple[Sought, Sought]  # the same moment in ours and in the other


@dataclass(frozen=True)
class Seeks:
    """`p95` of ours over that of a file in which every frame is a keyframe; milliseconds of both at the median."""

    wrong: int
    p95: float
    ours_ms: float
    intra_ms: float


def random_seeks(browser: Browser, clip: Converted, folder: Path) -> Seeks:
    """The same moments in our rendition and in an all-intra file of its picture, one after the other in one page.

    What disturbs the machine for a while meets both sides, and one round: the p95 is the median of the rounds'.
    """
    playback = next(output.path for output in clip.outputs if output.kind == "playback")
    (folder / playback.name).hardlink_to(playback)
    encoding = ("-c:v", "libx264", "-preset", "veryfast", "-crf", 23, "-g", 1, "-movflags", "+faststart")
    ffmpeg("-i", playback, "-an", *encoding, folder / _OTHER)
    there = counters(playback)
    wrong, rounds = 0, []
    with served(folder) as origin:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(origin)
        page.evaluate(_SECOND_PLAYER)
        addresses = [f"{origin}/files/{name}" for name in (playback.name, _OTHER)]
        for n in range(ROUNDS):
            wanted = _moments(clip.frames, n)
            pairs = _round(page, addresses, wanted, clip)
            wrong += sum(ours.frame != there[n] for (ours, _), n in zip(pairs, wanted, strict=True))
            rounds.append(pairs)
        page.close()
    ratios = [_p95([ours for ours, _ in pairs]) / _p95([intra for _, intra in pairs]) for pairs in rounds]
    ours, intra = zip(*(pair for pairs in rounds for pair in pairs), strict=True)
    return Seeks(wrong, statistics.median(ratios), _median(ours), _median(intra))


def _round(page: Page, addresses: list[str], wanted: list[int], clip: Converted) -> list[Pair]:
    pairs: list[Pair] = []
    for n, frame in enumerate(wanted):
        if n % AT_ONCE == 0:
            for player, address in enumerate(addresses):
                open_video(page, address, player=player)
        found = {}
        for player in (0, 1) if n % 2 else (1, 0):
            (found[player],) = seek(page, [frame], clip.frame_rate, player=player)
        pairs.append((found[0], found[1]))
    return pairs


def _moments(frames: int, turn: int) -> list[int]:
    """Anywhere, but never the picture that is on screen already, which is frame 0 in a video just opened."""
    chance = random.Random(9 + turn)
    chosen = [0]
    while len(chosen) <= SEEKS:
        n = chance.randrange(1, frames)
        if n != chosen[-1]:
            chosen.append(n)
    return chosen[1:]


def _p95(sought: Sequence[Sought]) -> float:
    return statistics.quantiles([each.ms for each in sought], n=20)[-1]


def _median(sought: Sequence[Sought]) -> float:
    return statistics.median(each.ms for each in sought)
