"""What a clip shows before it plays: poster, storyboard with its index, and waveform."""

import json
import math
from array import array
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from veo_workflow.media import graphs

STORYBOARD_INDEX = "storyboard.vtt"
WAVEFORM = "peaks.json"

_POSTER_SHORT_SIDE = 720
_POSTER_LONG_SIDE = 4096
_TILE_SHORT_SIDE = 90
_TILE_LONG_SIDE = 320
_MAX_TILES = 100
_MAX_COLUMNS = 10
_MAX_PEAKS = 2400
_MIN_SAMPLES_PER_PEAK = 160


@dataclass(frozen=True)
class Storyboard:
    """Tiles in rows, read like a page; tile n stands for the moments from n times `step` seconds on."""

    tile: tuple[int, int]
    grid: tuple[int, int]
    step: float
    tiles: int

    @property
    def size(self) -> tuple[int, int]:
        return self.tile[0] * self.grid[0], self.tile[1] * self.grid[1]


def lay_out(small: tuple[int, int], frames: int, rate: Fraction) -> Storyboard:
    """A storyboard of at most a hundred tiles, no closer than a second."""
    seconds = float(frames / rate)
    step = max(1, math.ceil(seconds / _MAX_TILES))
    interval = graphs.keyframe_interval(rate)
    keyframes = [float(frame / rate) for frame in range(0, frames, interval)]
    tiles = 0
    for moment in keyframes:
        tiles += moment + graphs.KEYFRAME_LATENESS >= tiles * step
    tiles = min(tiles, _MAX_TILES)
    columns = min(_MAX_COLUMNS, tiles)
    tile = _shrunk(small, _TILE_SHORT_SIDE, _TILE_LONG_SIDE)
    return Storyboard(tile=tile, grid=(columns, math.ceil(tiles / columns)), step=step, tiles=tiles)


def write_index(board: Storyboard, duration_ms: int, path: Path) -> None:
    """WebVTT with one cue a tile, naming a rectangle of the storyboard beside it."""
    lines = ["WEBVTT", ""]
    for tile in range(board.tiles):
        start = round(tile * board.step * 1000)
        end = duration_ms if tile == board.tiles - 1 else round((tile + 1) * board.step * 1000)
        row, column = divmod(tile, board.grid[0])
        left, top = column * board.tile[0], row * board.tile[1]
        lines += [
            f"{_clock(start)} --> {_clock(max(end, start + 1))}",
            f"{graphs.STORYBOARD}#xywh={left},{top},{board.tile[0]},{board.tile[1]}",
            "",
        ]
    path.write_text("\n".join(lines))


def write_waveform(samples: Path, path: Path) -> None:
    """The lowest and highest of every run of samples, as audiowaveform's JSON (version 2, 8 bits, one channel)."""
    heard = array("b", samples.read_bytes())
    run = max(_MIN_SAMPLES_PER_PEAK, math.ceil(len(heard) / _MAX_PEAKS))
    data: list[int] = []
    for start in range(0, len(heard), run):
        part = heard[start : start + run]
        data += (min(part), max(part))
    waveform = {
        "version": 2,
        "channels": 1,
        "sample_rate": graphs.SAMPLE_RATE,
        "samples_per_pixel": run,
        "bits": 8,
        "length": len(data) // 2,
        "data": data,
    }
    path.write_text(json.dumps(waveform, separators=(",", ":")))


def poster_size(playback: tuple[int, int]) -> tuple[int, int]:
    return _shrunk(playback, _POSTER_SHORT_SIDE, _POSTER_LONG_SIDE)


def _shrunk(size: tuple[int, int], short_side: int, long_side: int) -> tuple[int, int]:
    shrink = min(1.0, short_side / min(size), long_side / max(size))
    return max(2, round(size[0] * shrink / 2) * 2), max(2, round(size[1] * shrink / 2) * 2)


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"
