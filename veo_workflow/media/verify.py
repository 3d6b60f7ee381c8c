"""After-checks: a video file is published only if it is what players, seeks and promises rely on."""

from collections.abc import Collection
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from veo_workflow.media.graphs import COMPRESSORS, OFF_GRID
from veo_workflow.media.model import Limits, MediaFailure, Plan
from veo_workflow.media.probe import describe, parse_header, read_packets

# What ffmpeg writes into every MP4 file; none of it comes from the original.
_OWN_TAGS = {
    "major_brand": ("isom",),
    "minor_version": ("512",),
    "compatible_brands": ("isom",),
    "language": ("und",),
    "vendor_id": ("[0][0][0][0]",),
    "encoder": tuple(COMPRESSORS.values()),
}
_OWN_SIDE_DATA = {"CPB properties"}


class NotAsPlanned(MediaFailure):
    """An output is not what was planned; `details["found"]` says in which way."""

    code = "not_as_planned"

    def __init__(self, found: str) -> None:
        super().__init__(
            "The converted recording did not pass its checks. Press Try again; if it fails again, tell your "
            "administrator.",
            found=found,
        )


def check_video(
    path: Path, limits: Limits, *, size: tuple[int, int], rate: Fraction, keyframe_gap: float, has_sound: bool
) -> int:
    """The number of frames in a finished file. Raises NotAsPlanned; `keyframe_gap` is seconds."""
    if not moov_comes_first(path):
        raise NotAsPlanned("the index is at the end of the file")
    found = describe(path, "mov", limits)
    check_nameless(found)
    header = parse_header(found, path.stat().st_size, "mov")
    if (header.streams, header.pictures, len(header.sounds)) != (1 + has_sound, 1, int(has_sound)):
        raise NotAsPlanned(f"{header.streams} streams")
    if header.codec != "h264" or header.rotated or (header.width, header.height) != size:
        raise NotAsPlanned(f"{header.codec} {header.width}x{header.height}, rotated: {header.rotated}")
    packets = read_packets(path, header, limits)
    if not packets.shown:
        raise NotAsPlanned("no frames")
    late = max(abs(start * rate - n) for n, start in enumerate(packets.shown))
    if late > 0.3 or header.origin:
        raise NotAsPlanned(f"a frame is {late:.2f} frames off its time, starting at {header.origin}")
    gap = max(after - before for before, after in pairwise((0.0, *packets.keyframes, packets.end)))
    if gap > keyframe_gap + 0.5 / rate:
        raise NotAsPlanned(f"{gap:.2f} s without a keyframe")
    return len(packets.shown)


def check_preview(path: Path, plan: Plan, limits: Limits, *, has_sound: bool) -> None:
    """Raises NotAsPlanned where a copy says more than how it is turned, or is not on the playback file's time."""
    if not moov_comes_first(path):
        raise NotAsPlanned("the index is at the end of the file")
    found = describe(path, "mov", limits)
    check_nameless(found, {"Display Matrix"})
    header = parse_header(found, path.stat().st_size, "mov")
    if (header.streams, header.pictures, len(header.sounds)) != (1 + has_sound, 1, int(has_sound)):
        raise NotAsPlanned(f"{header.streams} streams")
    if (header.codec, header.width, header.height) != (plan.header.codec, plan.header.width, plan.header.height):
        raise NotAsPlanned(f"{header.codec} {header.width}x{header.height}")
    packets = read_packets(path, header, limits)
    places = [(header.origin + start) * plan.frame_rate for start in packets.shown]
    if not places or packets.trimmed:
        raise NotAsPlanned("frames are hidden")
    off = max(abs(place - round(place)) for place in places)
    if off > OFF_GRID or round(places[0]) != 0 or places[-1] > plan.frames + OFF_GRID:
        raise NotAsPlanned(f"frames from {places[0]:.2f} to {places[-1]:.2f}, {off:.2f} off their places")


def moov_comes_first(path: Path) -> bool:
    """Whether a player can start before it has the whole file."""
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:
            size, name = int.from_bytes(head[:4]), head[4:]
            if name in (b"moov", b"mdat"):
                return name == b"moov"
            if size < 8:
                return False
            file.seek(size - 8, 1)
    return False


def check_nameless(found: dict[str, Any], allowed: Collection[str] = ()) -> None:
    """Nothing of the original's device, place, date, title or turning is left, but for `allowed` side data."""
    for part in (found["format"], *found["streams"]):
        for name, value in part.get("tags", {}).items():
            if not str(value).startswith(_OWN_TAGS.get(name, ("\0",))):
                raise NotAsPlanned(f"the tag {name} is left")
        for side in part.get("side_data_list", []):
            if side.get("side_data_type") not in _OWN_SIDE_DATA | set(allowed):
                raise NotAsPlanned(f"side data is left: {side.get('side_data_type')}")
