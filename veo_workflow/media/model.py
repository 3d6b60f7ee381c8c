"""What this room speaks in: limits, facts about a file, the plan for it, and what came out.

Plain frozen values. Times are seconds unless a name says otherwise, sizes are bytes or pixels.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Literal

from veo_workflow.errors import VeoError

GIB = 1024**3


class Unusable(VeoError):
    """The file cannot become a clip; `code` says why, the message what its owner can do about it."""

    status = 422

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, code=code)


class MediaFailure(VeoError):
    """The tools failed on a file that looked usable: trying again later may work."""

    code = "media_failed"
    retryable = True


class Interrupted(Exception):
    """The caller's `keep_going` said no; the tools have been stopped."""


@dataclass(frozen=True)
class Limits:
    """What is accepted and what it may cost.

    `memory` is address space for one tool, in bytes. `stall` is how long a tool may show no progress.
    `sandbox`: "auto" uses bubblewrap where the machine allows it, True insists on it, False does without.
    """

    short_side: int = 1080
    small_side: int = 480
    max_seconds: float = 1260
    max_bytes: int = 6 * GIB
    memory: int = 8 * GIB
    stall: float = 60
    sandbox: bool | Literal["auto"] = "auto"


@dataclass(frozen=True)
class Progress:
    """`fraction` is of the whole conversion, 0 to 1; `seconds_left` is None until there is something to judge by."""

    stage: Literal["checking", "converting", "finishing"]
    fraction: float
    seconds_left: float | None


@dataclass(frozen=True)
class Output:
    """One file made; `kind` is preview, playback, small, poster, storyboard, storyboard_vtt or waveform."""

    kind: str
    path: Path
    content_type: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Converted:
    """What came out. Frame n of `frames` is on screen during [n / frame_rate, (n + 1) / frame_rate).

    `note` is None, or one plain sentence saying how much of a damaged recording plays.
    """

    outputs: tuple[Output, ...]
    duration_ms: int
    frame_rate: Fraction
    frames: int
    width: int
    height: int
    has_sound: bool
    note: str | None


@dataclass(frozen=True)
class Sound:
    """One audio track this machine can decode; `index` counts all streams of the file."""

    index: int
    codec: str


@dataclass(frozen=True)
class Colour:
    """As the stream declares it; empty where it declares nothing."""

    transfer: str = ""
    primaries: str = ""
    matrix: str = ""
    full_range: bool = False


@dataclass(frozen=True)
class Header:
    """What the container says of the file before any packet is read.

    `width` and `height` are upright and in square pixels. `promised` is how long it says it is, `longest` the longest
    any of its tracks claims to be, `origin` the time stamp it starts playing at. `interlaced`: some of its frames may
    be. `late` is how many frames its pictures come after their time, where the container says only when to decode.
    """

    demuxer: str
    size: int
    streams: int
    pictures: int
    video_index: int
    codec: str
    profile: str
    pixel_format: str
    coded_width: int
    coded_height: int
    width: int
    height: int
    rotated: bool
    square_pixels: bool
    interlaced: bool
    colour: Colour
    rates: tuple[Fraction, ...]
    promised: float
    longest: float
    origin: float
    sounds: tuple[Sound, ...]
    late: int = 0


@dataclass(frozen=True)
class Packets:
    """The packets that are shown or heard, in seconds from the origin; `shown` and `keyframes` in playing order.

    `end` is where the picture ends, `last` where the last packet of any kind does. `trimmed`: an edit list hides some.
    `open_groups`: some pictures before a keyframe come after it in the file, and cannot be decoded from it.
    """

    shown: tuple[float, ...]
    keyframes: tuple[float, ...]
    end: float
    last: float
    trimmed: bool
    open_groups: bool = False


@dataclass(frozen=True)
class Probe:
    """Facts about one accepted file.

    `duration` is how long its picture lasts from the start of playing. `frame_rate` is what the camera meant;
    `constant` is True where frame n really starts at n / frame_rate. `keyframe_gap` is the longest stretch without one.
    `begins` is when its first frame is shown; `begins_whole`: that frame is a keyframe.
    """

    header: Header
    duration: float
    frame_rate: Fraction
    constant: bool
    keyframe_gap: float
    trimmed: bool
    damaged: bool
    begins: float = 0.0
    begins_whole: bool = True
    open_groups: bool = False

    @property
    def bit_rate(self) -> float:
        return self.header.size * 8 / self.duration


class Kind(StrEnum):
    """How much has to be done: the picture copied, encoded anew, or encoded anew and tone-mapped."""

    COPY = "pass"
    TRANSCODE = "transcode"
    HDR = "transcode HDR"


@dataclass(frozen=True)
class Span:
    """What to keep of a rendition of ours: its frames `first` to `last`, both kept, at its own constant rate."""

    first: int
    last: int
    frame_rate: Fraction

    @property
    def frames(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class Plan:
    """What to make of one file. Sizes are even; `frame_rate` is that of every output.

    With `kept`, frame n of every output is frame `kept.first + n` of the file, and `duration` is that of the span.
    """

    kind: Kind
    header: Header
    frame_rate: Fraction
    playback: tuple[int, int]
    small: tuple[int, int]
    duration: float
    kept: Span | None = None

    @property
    def frames(self) -> int:
        """How many frames the outputs should have."""
        return max(1, round(self.duration * self.frame_rate))
