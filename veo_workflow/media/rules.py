"""What may become a clip and what has to be done to it: pure decisions over plain values.

Every refusal is one sentence with what to do about it, for a teacher with an iPad.

`CODECS` are what tablets and telephones write, and what schools still have in their cupboards: Motion JPEG and MPEG-4
in AVI (pocket cameras), DV (tape camcorders, as dvvideo), H.264 and MPEG-2 in transport and program streams (AVCHD,
HDV and DVD camcorders), H.263 in 3GP (old telephones). What only broadcasters and old desktop programs write is left
out: every decoder that is let in is one more that hostile files can reach.
"""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from statistics import median

from veo_workflow.media.model import GIB, Header, Kind, Limits, Packets, Plan, Probe, Span, Unusable

MAX_STREAMS = 16
SIDES = range(64, 8192 + 1)
MAX_RATE = 240
MIN_SECONDS = 0.1
MAX_GAP = 10.0
CODECS = {"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mjpeg", "prores", "dvvideo", "mpeg2video", "h263"}
PASS_KEYFRAME_GAP = 1.1
HDR_TRANSFERS = {"arib-std-b67", "smpte2084"}
PREVIEW_CODECS = {"h264", "hevc"}

_PASS_SHORT_SIDE = 1080
_PASS_BIT_RATE = 6_000_000
_PASS_RATES = (Fraction(10), Fraction(30))
_PASS_DEMUXERS = {"mov", "matroska"}
_PASS_PROFILES = {"Constrained Baseline", "Baseline", "Main", "High", ""}
_STANDARD_RATES = tuple(map(Fraction, ("24", "25", "30", "24000/1001", "30000/1001", "15", "12", "20", "50", "60")))

# Frames from one look at the rate to the next: cameras wobble from frame to frame, seldom over ten.
_STRIDE = 10

_TRIM = "In Photos, tap Edit, trim it to the part you want to discuss, save it as a new clip and upload that."
_CHECK = "Check that it plays in Photos, then upload it again."


def empty() -> Unusable:
    return Unusable("empty", f"This file is empty. {_CHECK}")


def not_video() -> Unusable:
    return Unusable("not_video", "This file is not a video. Choose a recording from Photos or Files and upload that.")


def incomplete() -> Unusable:
    return Unusable("incomplete", f"Part of this recording is missing: the file was cut off before its end. {_CHECK}")


def damaged() -> Unusable:
    return Unusable("damaged", f"This recording is damaged and cannot be read. {_CHECK}")


def too_many_packets() -> Unusable:
    return Unusable(
        "unsupported", "This file is not put together like a camera's recording. Upload the camera's own file."
    )


def check_size(size: int, limits: Limits) -> None:
    if not size:
        raise empty()
    if size > limits.max_bytes:
        raise Unusable("too_big", f"This recording is bigger than {limits.max_bytes / GIB:g} GB. {_TRIM}")


def unreadable(complaints: str) -> Unusable:
    """Why ffprobe could not open a file that begins like a video, from what it said."""
    if "moov atom not found" in complaints:
        return incomplete()
    if "max pixel count" in complaints:
        return _picture_too_big()
    return damaged()


def check_header(header: Header, limits: Limits) -> None:
    """Raises Unusable for what the container alone rules out, before the whole file is read."""
    if header.streams > MAX_STREAMS:
        raise Unusable(
            "unsupported",
            f"This file holds {header.streams} tracks, more than a camera makes. Upload the camera's own recording.",
        )
    if not header.pictures:
        raise Unusable(
            "no_video_track", "This file has no moving picture in it. Choose a video recording and upload that."
        )
    if header.pictures > 1:
        raise Unusable(
            "unsupported", "This file holds more than one picture track. Upload a recording made by a single camera."
        )
    if header.codec not in CODECS:
        raise Unusable(
            "unsupported",
            "This recording is in a format that cannot be read here. Open it on an iPad, save it as a video in "
            "Photos, and upload that.",
        )
    if max(header.coded_width, header.coded_height) > SIDES[-1]:
        raise _picture_too_big()
    if header.coded_width == 0 or header.coded_height == 0:
        raise damaged()
    if min(header.coded_width, header.coded_height) < SIDES[0]:
        raise Unusable(
            "unsupported",
            f"The picture is less than {SIDES[0]} dots across. Record at 720p HD or more and upload that.",
        )
    if header.longest > limits.max_seconds:
        raise _too_long(limits)


def accept(header: Header, packets: Packets, limits: Limits) -> Probe:
    """The facts of a file whose packets have been read. Raises Unusable where they rule it out."""
    if not packets.shown:
        raise damaged()
    if packets.last > limits.max_seconds:
        raise _too_long(limits)
    rate, constant = frame_rate(packets.shown, header.rates)
    if rate > MAX_RATE:
        raise Unusable(
            "unsupported",
            f"This recording has more than {MAX_RATE} pictures a second. Record at normal speed, 30 a second.",
        )
    end = max(packets.end, packets.shown[-1] + float(1 / rate) / 2)
    if end < MIN_SECONDS:
        raise Unusable("too_short", "This recording is shorter than a tenth of a second. Record a longer one.")
    gap = max((after - before for before, after in pairwise((0.0, *packets.shown))), default=0.0)
    if gap > MAX_GAP:
        raise Unusable(
            "damaged",
            f"This recording has a hole of {gap:.0f} seconds in it. Trim it in Photos to a part that plays through, "
            "save it as a new clip and upload that.",
        )
    reached = packets.end if header.demuxer == "mov" else packets.last
    missing = header.promised - reached
    return Probe(
        header=header,
        duration=end,
        frame_rate=rate,
        constant=constant,
        keyframe_gap=_keyframe_gap(packets, end),
        trimmed=packets.trimmed,
        damaged=missing > 1 and missing > 0.02 * header.promised,
        begins=packets.shown[0],
        begins_whole=bool(packets.keyframes) and packets.keyframes[0] <= packets.shown[0],
        open_groups=packets.open_groups,
    )


def frame_rate(shown: tuple[float, ...], declared: tuple[Fraction, ...]) -> tuple[Fraction, bool]:
    """The rate the camera meant, and whether every frame n starts within a quarter frame of n / rate."""
    stride = min(_STRIDE, len(shown) - 1)
    gaps = [(after - before) / stride for before, after in zip(shown, shown[stride:], strict=False) if after > before]
    if not stride or not gaps:
        return (declared[0] if declared else Fraction(30)), False
    usual = Fraction(1 / median(gaps)).limit_denominator(1001)
    for rate in (*declared, *_STANDARD_RATES, usual):
        if rate and abs(rate / usual - 1) < Fraction(1, 20) and _keeps(shown, float(rate)):
            return rate, True
    return usual, False


def target_rate(rate: Fraction) -> Fraction:
    """24, 25 or 30: whichever keeps the rhythm, as 25 does for 50 and 30 for 60 or 15; otherwise 30."""
    for target in (30, 25, 24):
        ratio = max(rate / target, target / rate)
        if abs(ratio - round(ratio)) <= Fraction(2, 100) * ratio:
            return Fraction(target)
    return Fraction(30)


def plan(probe: Probe, limits: Limits) -> Plan:
    """What to make of an accepted file."""
    header = probe.header
    kind = Kind.TRANSCODE
    if header.colour.transfer in HDR_TRANSFERS:
        kind = Kind.HDR
    elif _plays_as_it_is(probe, limits):
        kind = Kind.COPY
    size = header.width, header.height
    return Plan(
        kind=kind,
        header=header,
        frame_rate=probe.frame_rate if kind is Kind.COPY else target_rate(probe.frame_rate),
        playback=size if kind is Kind.COPY else fit(size, limits.short_side),
        small=fit(size, limits.small_side),
        duration=probe.duration,
    )


def can_preview(probe: Probe, plan: Plan) -> bool:
    """Whether the camera's own picture can stand for the playback file while that is made, frame for frame.

    Not where an edit list hides frames, where some are missing, or where playing does not start with a whole frame.
    """
    header = probe.header
    right_class = header.demuxer == "mov" and header.codec in PREVIEW_CODECS
    whole = probe.begins_whole and not probe.trimmed and not probe.damaged
    return right_class and whole and round(probe.begins * plan.frame_rate) == 0


def plan_span(probe: Probe, span: Span, limits: Limits) -> Plan:
    """What to make of a span of a rendition of ours: encoded anew, for a copy can begin at a keyframe only."""
    whole = plan(probe, limits)
    return replace(
        whole,
        kind=Kind.TRANSCODE,
        frame_rate=span.frame_rate,
        playback=fit(whole.playback, limits.short_side),
        duration=float(span.frames / span.frame_rate),
        kept=span,
    )


def fit(size: tuple[int, int], short_side: int) -> tuple[int, int]:
    """`size` scaled down, never up, until its short side is `short_side`; both sides even."""
    shrink = min(Fraction(1), Fraction(short_side, min(size)))
    width, height = (max(2, round(side * shrink / 2) * 2) for side in size)
    return (width, height) if shrink < 1 else (size[0] // 2 * 2, size[1] // 2 * 2)


def _plays_as_it_is(probe: Probe, limits: Limits) -> bool:
    header = probe.header
    picture = (
        header.codec == "h264"
        and header.pixel_format == "yuv420p"
        and header.profile in _PASS_PROFILES
        and min(header.width, header.height) <= min(_PASS_SHORT_SIDE, limits.short_side)
        and header.square_pixels
        and not header.interlaced
        and not header.rotated
    )
    timing = (
        probe.constant
        and _PASS_RATES[0] <= probe.frame_rate <= _PASS_RATES[1]
        and probe.keyframe_gap <= PASS_KEYFRAME_GAP
        and not probe.trimmed
        and not probe.damaged
        and not probe.open_groups  # stills and cuts begin at a keyframe and need all that follows it
    )
    sound = not header.sounds or header.sounds[0].codec == "aac"
    return picture and timing and sound and header.demuxer in _PASS_DEMUXERS and probe.bit_rate <= _PASS_BIT_RATE


def _keeps(shown: tuple[float, ...], rate: float) -> bool:
    return all(abs(start * rate - n) <= 0.25 for n, start in enumerate(shown))


def _keyframe_gap(packets: Packets, end: float) -> float:
    marks = (0.0, *packets.keyframes, end)
    if not packets.keyframes or packets.keyframes[0] > packets.shown[0]:
        return end
    return max(after - before for before, after in pairwise(marks))


def _too_long(limits: Limits) -> Unusable:
    return Unusable("too_long", f"This recording is longer than {limits.max_seconds / 60:.0f} minutes. {_TRIM}")


def _picture_too_big() -> Unusable:
    return Unusable(
        "too_big",
        "The picture of this recording is larger than can be played here. In Settings, Camera, choose 1080p HD, and "
        "record again.",
    )
