"""Reading the counter that `tests.support.camera` draws into every frame."""

import json
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any


def counters(video: Path) -> list[int]:
    """For every decoded frame, in playing order, the number of the source frame it shows."""
    height = int(describe(video)["streams"][0]["height"])
    side = max(4, height // 36 // 2 * 2)
    width = 16 * side
    strip = f"crop={width}:{side}:0:0,format=gray"
    argv = ["ffmpeg", "-v", "error", "-i", str(video), "-map", "0:v:0", "-vf", strip]
    raw = subprocess.run(
        [*argv, "-fps_mode", "passthrough", "-f", "rawvideo", "-"], check=True, capture_output=True
    ).stdout
    middle = side // 2 * width + side // 2
    frames = range(0, len(raw), width * side)
    return [sum((raw[frame + middle + bit * side] > 127) << bit for bit in range(16)) for frame in frames]


def describe(file: Path) -> dict[str, Any]:
    """ffprobe's account of one of our own files."""
    argv = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json", str(file)]
    found: dict[str, Any] = json.loads(subprocess.run(argv, check=True, capture_output=True).stdout)
    return found


def packets(video: Path) -> list[tuple[float, bool]]:
    """Start in seconds of every packet of the picture, and whether it is a keyframe."""
    argv = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time,flags"]
    lines = subprocess.run([*argv, "-of", "csv=p=0", str(video)], check=True, capture_output=True, text=True).stdout
    fields = [line.split(",") for line in lines.splitlines()]
    return [(float(start), flags.startswith("K")) for start, flags, *_ in fields]


def gaps(times: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(times)]
