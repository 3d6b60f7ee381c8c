"""A player in a browser that is asked for moments and reads from its picture which source frame it shows.

The squares are those of `tests.support.camera.counter`; where the camera was turned, they are elsewhere by as much.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from playwright.sync_api import Page

_SEEK = """async ({moments, turned, player}) => {
  const video = document.querySelectorAll("video")[player];
  const paper = Object.assign(document.createElement("canvas"), {width: video.videoWidth, height: video.videoHeight})
    .getContext("2d", {willReadFrequently: true});
  const {width, height} = paper.canvas;
  const side = Math.max(4, Math.floor((turned % 180 ? width : height) / 36 / 2) * 2);
  const where = {
    0: (x, y) => [x, y],
    90: (x, y) => [width - 1 - y, x],
    180: (x, y) => [width - 1 - x, height - 1 - y],
    270: (x, y) => [y, height - 1 - x],
  }[turned];
  const read = () => {
    paper.drawImage(video, 0, 0);
    let frame = 0;
    for (let bit = 0; bit < 16; bit += 1) {
      const [x, y] = where(bit * side + side / 2, side / 2);
      if (paper.getImageData(x, y, 1, 1).data[1] > 127) frame += 2 ** bit;
    }
    return frame;
  };
  const found = [];
  for (const moment of moments) {
    const began = performance.now();
    const there = new Promise(done => video.addEventListener("seeked", done, {once: true}));
    const painted = new Promise(done => video.requestVideoFrameCallback(done));
    video.currentTime = moment;
    await there;
    await Promise.race([painted, new Promise(done => setTimeout(done, 2000))]);  // a busy browser may tell nothing
    const ms = performance.now() - began;
    found.push({frame: read(), ms});
  }
  return found;
}"""
_OPEN = """({source, player}) => new Promise((done, refuse) => {
  const video = document.querySelectorAll("video")[player];
  video.onloadeddata = () => done([video.videoWidth, video.videoHeight]);
  video.onerror = () => refuse(new Error(video.error.message));
  video.src = source;
})"""
_PLAY = """async () => {
  const video = document.querySelector("video");
  video.currentTime = 0;
  await video.play();
  for (;;) {
    const {mediaTime} = await new Promise(done => video.requestVideoFrameCallback((_, frame) => done(frame)));
    if (mediaTime > 0.1) break;
  }
  video.pause();
}"""


@dataclass(frozen=True)
class Sought:
    """What was on screen after a seek, and how many milliseconds it took to be there."""

    frame: int
    ms: float


def open_video(page: Page, address: str, *, player: int = 0) -> tuple[int, int]:
    """Load a video into the page's player; the size it has there. Fails where the browser cannot play it."""
    width, height = page.evaluate(_OPEN, {"source": address, "player": player})
    return width, height


def plays(page: Page) -> None:
    """Play from the start until the picture has moved on."""
    page.evaluate(_PLAY)


def seek(page: Page, frames: list[int], rate: Fraction, *, turned: int = 0, player: int = 0) -> list[Sought]:
    """Go to the middle of each of `frames` in turn, no two neighbours alike: the same picture is not painted again."""
    moments = [float((n + Fraction(1, 2)) / rate) for n in frames]
    found: list[dict[str, Any]] = page.evaluate(_SEEK, {"moments": moments, "turned": turned, "player": player})
    return [Sought(each["frame"], each["ms"]) for each in found]
