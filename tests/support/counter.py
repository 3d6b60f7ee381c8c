"""Reading the counter that `tests.support.camera` draws into every frame."""

import functools
import json
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

# What turns an upright picture back to how the camera held it.
_BACK = {0: "null", 90: "transpose=cclock", 180: "hflip,vflip", 270: "transpose=clock"}


T = TypeVar("T")


def _asked_once(ask: Callable[..., T]) -> Callable[..., T]:
    """What is asked of a file that has not been written since is answered as before."""

    @functools.cache
    def asked(video: Path, _written: int, **more: Any) -> T:
        return ask(video, **more)

    def answer(video: Path, **more: Any) -> T:
        return asked(video, video.stat().st_mtime_ns, **more) if video.exists() else ask(video, **more)

    return functools.wraps(ask)(answer)


@_asked_once
def counters(video: Path, *, turned: int = 0) -> list[int]:
    """For every decoded frame, in playing order, the number of the source frame it shows.

    `turned`: by how many degrees clockwise the picture stands now from how the camera was held.
    """
    picture = describe(video)["streams"][0]
    height = int(picture["width" if turned % 180 else "height"])
    side = max(4, height // 36 // 2 * 2)
    width = 16 * side
    strip = f"{_BACK[turned]},crop={width}:{side}:0:0,format=gray"
    argv = ["ffmpeg", "-v", "error", "-i", str(video), "-map", "0:v:0", "-vf", strip]
    raw = subprocess.run(
        [*argv, "-fps_mode", "passthrough", "-f", "rawvideo", "-"], check=True, capture_output=True
    ).stdout
    middle = side // 2 * width + side // 2
    frames = range(0, len(raw), width * side)
    return [sum((raw[frame + middle + bit * side] > 127) << bit for bit in range(16)) for frame in frames]


@_asked_once
def describe(file: Path) -> dict[str, Any]:
    """ffprobe's account of one of our own files."""
    argv = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json", str(file)]
    found: dict[str, Any] = json.loads(subprocess.run(argv, check=True, capture_output=True).stdout)
    return found


def told(file: Path) -> tuple[set[tuple[str, str]], set[str]]:
    """All that ffprobe can be made to say of a file beside its measures: every tag, and every kind of side data.

    Containers, tracks, chapters and the first frames are asked; a file that is no media at all says nothing.
    """
    what = ["-show_format", "-show_streams", "-show_chapters", "-show_frames", "-read_intervals", "%+#20"]
    argv = ["ffprobe", "-v", "error", *what, "-of", "json", str(file)]
    found: dict[str, Any] = json.loads(subprocess.run(argv, check=False, capture_output=True).stdout or b"{}")
    parts = [
        found.get("format", {}),
        *(part for kind in ("streams", "chapters", "frames") for part in found.get(kind, [])),
    ]
    tags = {(name, str(value)) for part in parts for name, value in part.get("tags", {}).items()}
    sides = {str(side.get("side_data_type")) for part in parts for side in part.get("side_data_list", [])}
    return tags, sides


@_asked_once
def packets(video: Path) -> list[tuple[float, bool]]:
    """Start in seconds of every packet of the picture, and whether it is a keyframe."""
    argv = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time,flags"]
    lines = subprocess.run([*argv, "-of", "csv=p=0", str(video)], check=True, capture_output=True, text=True).stdout
    fields = [line.split(",") for line in lines.splitlines()]
    return [(float(start), flags.startswith("K")) for start, flags, *_ in fields]


def gaps(times: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(times)]
