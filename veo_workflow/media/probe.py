"""Reading the facts of a file with ffprobe, trusting neither its name nor what it claims to be.

The container is recognised by its first bytes, here, and ffprobe is told which demuxer to use: left to guess, it
follows playlists to other files and to the network.
"""

import json
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from veo_workflow.media import rules
from veo_workflow.media.model import Colour, Header, Limits, Packets, Probe, Sound
from veo_workflow.media.run import Task, always, run

MAX_PIXELS = 8192 * 4320
MAX_PACKETS = 2_000_000
MAX_HEADER_LINES = 50_000
_ISO_FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
_HEARD = {"aac", "ac3", "alac", "amr_nb", "amr_wb", "eac3", "flac", "mp2", "mp3", "opus", "vorbis"}
_STILL_CODECS = {"bmp", "gif", "mjpeg", "png"}
_INTERLACED = {"tt", "bb", "tb", "bt"}
# Each frame says by itself whether it is; the stream does not, or not always.
_SAID_BY_FRAMES = {"dvvideo", "mpeg2video"}


def probe(source: Path, limits: Limits, *, keep_going: Callable[[], bool] = always) -> Probe:
    """The facts of `source`.

    Raises Unusable where it cannot become a clip, MediaFailure where the tools fail, Interrupted.
    """
    size = source.stat().st_size
    rules.check_size(size, limits)
    header = read_header(source, sniff(source), limits, keep_going)
    rules.check_header(header, limits)
    packets = read_packets(source, header, limits, keep_going)
    return rules.accept(header, packets, limits)


def sniff(source: Path) -> str:
    """The demuxer for what the first bytes say this is. Raises Unusable for what is no video."""
    with source.open("rb") as file:
        head = file.read(600)
    if head[4:8] in _ISO_FIRST_BOXES:
        return "mov"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if head.startswith(b"\0\0\1\xba"):
        return "mpeg"
    for start, packet in ((0, 188), (4, 192)):
        if len(head) > start + 2 * packet and head[start : start + 2 * packet + 1 : packet] == b"GGG":
            return "mpegts"
    raise rules.not_video()


def guarded_input(demuxer: str) -> dict[str, Any]:
    """What every tool is told before it opens a file it did not make."""
    return {
        "format": demuxer,
        "protocol_whitelist": "file",
        "format_whitelist": demuxer,
        "max_pixels": MAX_PIXELS,
    }


def read_header(source: Path, demuxer: str, limits: Limits, keep_going: Callable[[], bool] = always) -> Header:
    """What the container says. Raises Unusable where ffprobe cannot make sense of it."""
    return parse_header(describe(source, demuxer, limits, keep_going), source.stat().st_size, demuxer)


def describe(source: Path, demuxer: str, limits: Limits, keep_going: Callable[[], bool] = always) -> dict[str, Any]:
    """ffprobe's own account of the format and its streams. Raises Unusable where it cannot make sense of it."""
    lines: list[bytes] = []

    def keep(line: bytes) -> bool:
        lines.append(line)
        if len(lines) > MAX_HEADER_LINES:
            raise rules.too_many_packets()
        return True

    argv = _ffprobe(source, demuxer, "-show_format", "-show_streams", "-of", "json")
    ended = run(Task(argv, reads=(source,)), limits, on_line=keep, keep_going=keep_going)
    if ended.code and ended.blameless:
        raise ended.failure()
    if ended.code:
        raise rules.unreadable(ended.complaints)
    found: dict[str, Any] = json.loads(b"\n".join(lines))
    return found


def read_packets(
    source: Path,
    header: Header,
    limits: Limits,
    keep_going: Callable[[], bool] = always,
    *,
    within: tuple[float, float] | None = None,
) -> Packets:
    """When each packet of the picture plays, and when everything ends. Reads the file once, decodes nothing.

    `within`: only what lies about between these two seconds.
    """
    scan = _Scan(header)
    argv = _ffprobe(
        source,
        header.demuxer,
        *(("-read_intervals", f"{within[0]:.6f}%{within[1]:.6f}") if within else ()),
        *("-show_entries", "packet=stream_index,pts_time,dts_time,duration_time,flags", "-of", "csv=p=0"),
    )
    wall = max(120.0, header.size / 10e6)
    ended = run(Task(argv, reads=(source,), wall=wall), limits, on_line=scan.line, keep_going=keep_going)
    if ended.code and ended.blameless:
        raise ended.failure()
    return scan.packets()


def _ffprobe(source: Path, demuxer: str, *what: str) -> tuple[str, ...]:
    guard = guarded_input(demuxer)
    demuxer_first = ["-f", str(guard.pop("format"))]
    options = [word for name, value in guard.items() for word in (f"-{name}", str(value))]
    return ("ffprobe", "-v", "error", *demuxer_first, *options, *what, str(source))


class _Scan:
    """Gathers ffprobe's packet lines: stream index, pts, dts, duration, flags."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._heard = {sound.index for sound in header.sounds}
        self._shown: list[float] = []
        self._keys: list[float] = []
        self._end = self._last = 0.0
        self._trimmed = self._open = False
        self._count = 0

    def line(self, line: bytes) -> bool:
        fields = line.split(b",")
        if len(fields) < 5 or not fields[0].isdigit():
            return False
        self._count += 1
        if self._count > MAX_PACKETS:
            raise rules.too_many_packets()
        index = int(fields[0])
        start = _seconds(fields[1], _seconds(fields[2]))
        if start is None or (index != self._header.video_index and index not in self._heard):
            return True
        if b"D" in fields[4]:
            self._trimmed |= index == self._header.video_index
            return True
        start -= self._header.origin
        end = start + (_seconds(fields[3]) or 0.0)
        self._last = max(self._last, end)
        if index == self._header.video_index:
            self._end = max(self._end, end)
            self._shown.append(start)
            self._open |= bool(self._keys) and start < self._keys[-1]
            if fields[4].startswith(b"K"):
                self._keys.append(start)
        return True

    def packets(self) -> Packets:
        return Packets(
            shown=tuple(sorted(self._shown)),
            keyframes=tuple(sorted(self._keys)),
            end=self._end,
            last=self._last,
            trimmed=self._trimmed,
            open_groups=self._open,
        )


def _seconds(field: bytes | str | None, otherwise: float | None = None) -> float | None:
    try:
        value = float(field or "nan")
    except ValueError:
        return otherwise
    return value if math.isfinite(value) else otherwise


def parse_header(found: dict[str, Any], size: int, demuxer: str) -> Header:
    """What matters of ffprobe's account; streams it cannot name count, but are no picture and no sound."""
    streams: list[dict[str, Any]] = found.get("streams", [])
    form: dict[str, Any] = found.get("format", {})
    pictures = [stream for stream in streams if stream.get("codec_type") == "video" and not _still(stream)]
    picture = pictures[0] if pictures else {}
    turned = _rotation(picture)
    aspect = _ratio(picture.get("sample_aspect_ratio", "")) or Fraction(1)
    if not Fraction(1, 4) <= aspect <= 4:
        aspect = Fraction(1)
    coded = int(picture.get("width", 0)), int(picture.get("height", 0))
    upright = round(coded[0] * aspect), coded[1]
    lengths = [_seconds(part.get("duration")) or 0.0 for part in (form, *streams)]
    own, whole = _seconds(picture.get("duration")) or 0.0, lengths[0]
    return Header(
        demuxer=demuxer,
        size=size,
        streams=int(form.get("nb_streams", len(streams))),
        pictures=len(pictures),
        video_index=int(picture.get("index", -1)),
        codec=str(picture.get("codec_name", "")),
        profile=str(picture.get("profile", "")),
        pixel_format=str(picture.get("pix_fmt", "")),
        coded_width=coded[0],
        coded_height=coded[1],
        width=upright[1] if turned % 180 == 90 else upright[0],
        height=upright[0] if turned % 180 == 90 else upright[1],
        rotated=turned != 0,
        square_pixels=aspect == 1,
        interlaced=picture.get("field_order") in _INTERLACED or picture.get("codec_name") in _SAID_BY_FRAMES,
        colour=Colour(
            transfer=str(picture.get("color_transfer", "")),
            primaries=str(picture.get("color_primaries", "")),
            matrix=str(picture.get("color_space", "")),
            full_range=picture.get("color_range") == "pc",
        ),
        rates=tuple(rate for name in ("r_frame_rate", "avg_frame_rate") if (rate := _ratio(picture.get(name, "")))),
        promised=min(own, whole) if own and whole else own or whole,
        longest=max(lengths, default=0.0),
        origin=_seconds(form.get("start_time")) or 0.0,
        sounds=tuple(
            Sound(int(stream["index"]), str(stream["codec_name"])) for stream in streams if _decodable_sound(stream)
        ),
        late=int(picture.get("has_b_frames", 0)) if demuxer == "avi" else 0,
    )


def _still(stream: dict[str, Any]) -> bool:
    """Cover art. Its mark is lost in some files, but no camera films at no rate at all in PNG."""
    marked = stream.get("disposition", {}).get("attached_pic") == 1
    rateless = stream.get("avg_frame_rate") == "0/0" and stream.get("codec_name") in _STILL_CODECS
    return marked or rateless


def _decodable_sound(stream: dict[str, Any]) -> bool:
    codec = str(stream.get("codec_name", ""))
    known = codec in _HEARD or codec.startswith(("pcm_", "adpcm_"))
    return stream.get("codec_type") == "audio" and known and int(stream.get("sample_rate", 0)) > 0


def _rotation(stream: dict[str, Any]) -> int:
    """Degrees in quarter turns; a mirrored picture counts as turned too, for it cannot be passed on as it is."""
    for side in stream.get("side_data_list", []):
        if side.get("side_data_type") == "Display Matrix":
            degrees = round(float(side.get("rotation", 0))) % 360
            return degrees or (0 if _is_identity(str(side.get("displaymatrix", ""))) else 360)
    return 0


def _is_identity(matrix: str) -> bool:
    numbers = [int(word) for line in matrix.splitlines() if ":" in line for word in line.split(":")[1].split()]
    return numbers[:5] == [65536, 0, 0, 0, 65536] if len(numbers) == 9 else True


def _ratio(text: str) -> Fraction | None:
    """A rate or an aspect such as 30000/1001 or 4:3, None where there is none."""
    try:
        value = Fraction(text.replace(":", "/"))
    except (ValueError, ZeroDivisionError):
        return None
    return value if value > 0 else None
