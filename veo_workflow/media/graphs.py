"""The ffmpeg commands for a plan: pure functions from a plan to argument lists.

The original is decoded once; from that one decode come both videos and the samples of the waveform.
"""

from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from veo_workflow.media.model import Colour, Header, Kind, Plan, Sound
from veo_workflow.media.probe import guarded_input

PREVIEW = "preview.mp4"
PLAYBACK = "playback.mp4"
SMALL = "small.mp4"
SAMPLES = "samples.s8"
SAMPLE_RATE = 8000
POSTER = "poster.jpg"
STORYBOARD = "storyboard.jpg"
STILL_SHORT_SIDE = 720

# MP4 wants a compressor named; ffmpeg would give its library's name.
COMPRESSOR = "H.264"
COMPRESSORS = {"h264": COMPRESSOR, "hevc": "HEVC"}

# What the speed of a machine is judged by: small enough for a second's work on a slow one.
TEST_SIZE = (1280, 720)
TEST_RATE = 30

# Copying is lossless; below this gain nobody hears the difference.
COPY_BELOW_GAIN = 3.0

# Neither CABAC nor deblocking: the frames between keyframes are decoded for a jump in half the time, see docs/media.md.
_PICTURE = {"crf": 23, "maxrate": "6M", "bufsize": "12M", "tune": "fastdecode"}
# A picture encoded a second time, from our own rendition. On 720p footage of the test camera, against the original:
# 21 costs 0.75 dB and 1.05 times the bytes of the first; 18 costs 0.41 dB and 1.25, 23 costs 0.98 dB and 0.91.
_PICTURE_AGAIN = _PICTURE | {"crf": 21}
_SMALL_PICTURE = {"crf": 26, "maxrate": "900k", "bufsize": "1800k"}
_TAGS = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "color_range": "tv"}
_NAMELESS = {
    "map_metadata": -1,
    "map_metadata:s": -1,
    "map_chapters": -1,
    "fflags": "+bitexact",
    "empty_hdlr_name": 1,
    "metadata:s:v:0": f"encoder={COMPRESSOR}",
}
# Supplemental messages inside H.264 and HEVC can hold a place and a date: camcorders write both there.
_WITHOUT_MESSAGES = {"h264": "filter_units=remove_types=6", "hevc": "filter_units=remove_types=39|40"}
_NO_MESSAGES = {"bsf:v": _WITHOUT_MESSAGES["h264"]}
# How MP4 names them: with everything a decoder needs beforehand in the header, as Safari wants it.
_ENTRIES = {"h264": "avc1", "hevc": "hvc1"}
# Ticks a second, about: enough to tell apart what any camera's clock does.
_FINE_CLOCK = 1_200_000
# The part of its way to its frame's time that a frame of the preview is left short of it.
OFF_GRID = Fraction(1, 10)
_HERTZ = 48000
_AAC = {"c:a": "aac", "b:a": "96k", "ac": 1, "ar": _HERTZ, "flags:a": "+bitexact"}
_JPEG = {"c:v": "mjpeg", "format": "image2", "update": 1, "q:v": 4, "flags:v": "+bitexact", "frames:v": 1}

# Seconds, and more than the distance between two keyframes of any rendition of ours.
_RUN_UP = 2

# ffmpeg-python ships no types: a stream of its graphs.
Stream = Any


def measure_loudness(plan: Plan, source: Path, sound: Sound) -> tuple[str, ...]:
    """One pass over the sound alone; ebur128 writes its summary to the standard error."""
    heard = _speech(plan, _open(plan, source), sound).filter("ebur128", framelog="verbose")
    return _command(ffmpeg.output(heard, "-", format="null", t=_length(plan)), loglevel="info")


def time_encoding() -> tuple[str, ...]:
    """A second of ffmpeg's own test picture, encoded as a playback file is, into nothing."""
    picture = "testsrc2=size={}x{}:rate={}:duration=1".format(*TEST_SIZE, TEST_RATE)
    tested = ffmpeg.input(picture, format="lavfi").filter("format", "yuv420p")
    return _command(ffmpeg.output(tested, "-", format="null", **_x264(Fraction(TEST_RATE)), **_PICTURE))


def convert(plan: Plan, source: Path, folder: Path, sound: Sound | None, gain: float) -> tuple[str, ...]:
    """One process for both videos and the samples of the waveform. `gain` is in decibels."""
    opened = _open(plan, source)
    picture, small = _pictures(plan, opened)
    copied = copies_sound(plan, sound, gain)
    heard = _sounds(plan, opened, sound, gain, copied) if sound else None
    if plan.kind is Kind.COPY:
        picture_options: dict[str, Any] = {"c:v": "copy"}
    else:
        picture_options = _x264(plan.frame_rate) | (_PICTURE_AGAIN if plan.kept else _PICTURE)
    sound_options = {"c:a": "copy"} if copied else _AAC
    outputs = [
        _video(plan, picture, heard and heard[0], folder / PLAYBACK, picture_options, sound_options),
        _video(plan, small, heard and heard[1], folder / SMALL, _x264(plan.frame_rate) | _SMALL_PICTURE, _AAC),
    ]
    if heard:
        samples = {"format": "s8", "c:a": "pcm_s8", "t": _length(plan)}
        outputs.append(ffmpeg.output(heard[2], str(folder / SAMPLES), **samples))
    return _command(ffmpeg.merge_outputs(*outputs))


def preview(plan: Plan, source: Path, folder: Path, sound: Sound | None) -> tuple[str, ...]:
    """The camera's own picture, and a track of its sound, copied onto the playback file's time."""
    opened = _open(plan, source)
    streams = [opened[str(plan.header.video_index)]]
    if sound is not None:
        streams.append(opened[str(sound.index)])
    clock, on_grid = _onto_the_grid(plan)
    options = _NAMELESS | {
        "c": "copy",
        "metadata:s:v:0": f"encoder={COMPRESSORS[plan.header.codec]}",
        "bsf:v": f"{_WITHOUT_MESSAGES[plan.header.codec]},{on_grid}",
        "video_track_timescale": clock,
        "tag:v": _ENTRIES[plan.header.codec],
    }
    path = str(folder / PREVIEW)
    return _command(ffmpeg.output(*streams, path, format="mp4", movflags="+faststart", t=_length(plan), **options))


def _onto_the_grid(plan: Plan) -> tuple[int, str]:
    """Ticks a second, and the filters that move each frame of a copy to where the constant rate would have put it.

    The `fps` filter gives a frame at time t the place round(t × rate), and shows the last one that got a place. Moved
    nine tenths of the way there, frames with one place follow each other around its beginning, and the last of them
    stays: at any frame's middle the copy shows what the playback file shows. The last frame lasts as long as that does.
    """
    scale = max(1, _FINE_CLOCK // plan.frame_rate.numerator)
    clock, frame = plan.frame_rate.numerator * scale, plan.frame_rate.denominator * scale
    stay, end = float(OFF_GRID), float((plan.frames + OFF_GRID) * frame)

    def placed(name: str) -> str:
        return f"{1 - stay:g}*{frame}*round({name}/{frame})+{stay:g}*{name}"

    finer = f"setts=pts=PTS:dts=DTS:time_base=1/{clock}"
    return clock, f"{finer},setts=pts={placed('PTS')}:dts={placed('DTS')}:duration={end:.0f}-({placed('PTS')})"


def copies_sound(plan: Plan, sound: Sound | None, gain: float) -> bool:
    """Whether the sound of the playback file is the original's, untouched."""
    return plan.kind is Kind.COPY and sound is not None and sound.codec == "aac" and gain < COPY_BELOW_GAIN


def draw_pictures(
    folder: Path,
    *,
    poster_at: float,
    poster: tuple[int, int],
    tile: tuple[int, int],
    grid: tuple[int, int],
    step: float,
) -> tuple[str, ...]:
    """Poster from the playback file, storyboard from the small one's keyframes: nothing between them is decoded."""
    own = {"format": "mov", "protocol_whitelist": "file", "skip_frame": "nokey"}
    still = ffmpeg.input(str(folder / PLAYBACK), ss=f"{poster_at:.3f}", **own)
    board = (
        ffmpeg.input(str(folder / SMALL), **own)["v:0"]
        .filter("select", f"gte(t+{KEYFRAME_LATENESS},selected_n*{step:g})")
        .filter("scale", *tile)
        .filter("setsar", 1)
        .filter("tile", "{}x{}".format(*grid))
    )
    outputs = (
        ffmpeg.output(still["v:0"].filter("scale", *poster).filter("setsar", 1), str(folder / POSTER), **_JPEG),
        ffmpeg.output(board, str(folder / STORYBOARD), **_JPEG),
    )
    return _command(ffmpeg.merge_outputs(*outputs))


def still(source: Path, target: Path, frame: int, rate: Fraction) -> tuple[str, ...]:
    """Frame `frame` of a playback file: what comes after the middle of the frame before it.

    At the frame's own time, rounding decides which of two frames it is; a millisecond later it is the next one.
    """
    before = {"ss": f"{float((frame - Fraction(1, 2)) / rate):.6f}"} if frame else {}
    shrink = f"min(1,{STILL_SHORT_SIDE}/min(iw,ih))"
    picture = (
        ffmpeg.input(str(source), **before, **guarded_input("mov"))["v:0"]
        .filter("scale", f"2*round(iw*{shrink}/2)", f"2*round(ih*{shrink}/2)")
        .filter("setsar", 1)
    )
    return _command(ffmpeg.output(picture, str(target), **_JPEG))


def cut(
    source: Path, target: Path, *, keyframe: float, begin: float, seconds: float, has_sound: bool
) -> tuple[str, ...]:
    """What a playback file holds from `keyframe` on, copied; time 0 of the cut is `begin`. All times are seconds."""
    seek = {"ss": f"{keyframe:.6f}"} if keyframe else {}
    opened = ffmpeg.input(str(source), itsoffset=f"{keyframe - begin:.6f}", **seek, **guarded_input("mov"))
    streams = [opened["v:0"], *([opened["a:0"]] if has_sound else [])]
    options = {"c": "copy", "t": f"{seconds:.6f}", "format": "mp4", "movflags": "+faststart"}
    return _command(ffmpeg.output(*streams, str(target), **options, **_NAMELESS))


# A tile is the first keyframe that is less than this before its moment, in seconds.
KEYFRAME_LATENESS = 0.26


def keyframe_interval(rate: Fraction) -> int:
    """Frames from one keyframe to the next: half a second, never more."""
    return max(1, int(rate / 2))


def _command(outputs: Stream, loglevel: str = "error") -> tuple[str, ...]:
    start = ["ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-loglevel", loglevel, "-progress", "pipe:1"]
    return tuple(ffmpeg.compile(outputs, cmd=start, overwrite_output=True))


def _open(plan: Plan, source: Path) -> Stream:
    opened_at = _opened_at(plan)
    seek = {"ss": f"{float(opened_at / plan.frame_rate):.6f}"} if opened_at else {}
    return ffmpeg.input(str(source), **seek, **guarded_input(plan.header.demuxer))


def _opened_at(plan: Plan) -> int:
    """The frame at which reading begins: some seconds before a span that is kept.

    What comes before is not decoded, which late in a lesson takes minutes without a sign of life.  The seconds between
    give picture and sound a keyframe's distance to settle; the frames are counted from here by their times.
    """
    return max(0, plan.kept.first - round(_RUN_UP * plan.frame_rate)) if plan.kept else 0


def _length(plan: Plan) -> str:
    """The output's time limit: what stops a file whose time stamps run away from being filled up for ever."""
    return f"{float((plan.frames + Fraction(1, 10)) / plan.frame_rate):.6f}"


def _pictures(plan: Plan, opened: Stream) -> tuple[Stream, Stream]:
    """The picture of the playback file and of the small one."""
    original = opened[str(plan.header.video_index)]
    if plan.kind is Kind.COPY:
        return original, _upright(plan, original, plan.small)
    split = _upright(plan, original, plan.playback).filter_multi_output("split")
    return split[0], split[1].filter("scale", *plan.small).filter("setsar", 1)


def _upright(plan: Plan, picture: Stream, size: tuple[int, int]) -> Stream:
    """Constant rate from time 0, scaled, in the colours every browser knows. ffmpeg itself turns it upright."""
    header = plan.header
    if header.interlaced:
        picture = picture.filter("bwdif", mode="send_frame", deint="interlaced")
    if header.late and header.rates:
        picture = picture.filter("setpts", f"PTS-{header.late}/({header.rates[0]})/TB")
    picture = picture.filter("fps", fps=str(plan.frame_rate), start_time=0)
    if plan.kept:
        from_frame = plan.kept.first - _opened_at(plan)
        picture = picture.filter("trim", start_frame=from_frame, end_frame=from_frame + plan.kept.frames)
        picture = picture.filter("setpts", "PTS-STARTPTS")
    conversion = {} if plan.kind is Kind.HDR else _to_bt709(header)
    if conversion or size != (header.width, header.height) or not header.square_pixels:
        picture = picture.filter("scale", *size, **conversion)
    if plan.kind is Kind.HDR:
        picture = _tone_mapped(picture, header.colour)
    return picture.filter("format", "yuv420p").filter("setsar", 1)


def _to_bt709(header: Header) -> dict[str, str]:
    """What the scaler has to be told; nothing where the colours are right already, for telling it costs a pass."""
    conversion: dict[str, str] = {}
    matrix = header.colour.matrix
    if matrix in {"", "unknown"} and min(header.width, header.height) < 720:
        conversion |= {"in_color_matrix": "bt601", "out_color_matrix": "bt709"}
    elif matrix not in {"", "unknown", "bt709", "gbr"}:
        conversion |= {"out_color_matrix": "bt709"}
    if header.colour.full_range:
        conversion |= {"in_range": "pc", "out_range": "tv"}
    return conversion


def _tone_mapped(picture: Stream, colour: Colour) -> Stream:
    """From HLG or PQ to ordinary colours, after scaling: there are fewer dots to do it for."""
    declared = {"tin": colour.transfer, "pin": colour.primaries or "bt2020", "min": colour.matrix or "bt2020nc"}
    return (
        picture.filter("zscale", t="linear", npl=100, rin="tv", **declared)
        .filter("format", "gbrpf32le")
        .filter("zscale", p="bt709")
        .filter("tonemap", tonemap="hable", desat=0)
        .filter("zscale", t="bt709", m="bt709", r="tv")
    )


def _speech(plan: Plan, opened: Stream, sound: Sound) -> Stream:
    """One channel from time 0, gaps filled with silence, without the rumble below 80 Hz."""
    heard = (
        opened[str(sound.index)]
        .filter("aresample", _HERTZ, **{"async": 1, "first_pts": 0})
        .filter("aformat", channel_layouts="mono")
        .filter("highpass", f=80)
    )
    if plan.kept is None:
        return heard
    from_frame = plan.kept.first - _opened_at(plan)
    begin, end = (round(frame * _HERTZ / plan.frame_rate) for frame in (from_frame, from_frame + plan.kept.frames))
    return heard.filter("atrim", start_sample=begin, end_sample=end).filter("asetpts", "PTS-STARTPTS")


def _sounds(plan: Plan, opened: Stream, sound: Sound, gain: float, copied: bool) -> tuple[Stream, Stream, Stream]:
    """The sound of the playback file, of the small one, and for the waveform."""
    louder = _speech(plan, opened, sound).filter("volume", f"{gain:.1f}dB")
    limited = louder.filter("alimiter", limit=0.9, level=0, latency=1)
    split = limited.filter_multi_output("asplit", 2 if copied else 3)
    first = opened[str(sound.index)] if copied else split[2]
    return first, split[0], split[1].filter("aresample", SAMPLE_RATE)


def _x264(rate: Fraction) -> dict[str, Any]:
    interval = keyframe_interval(rate)
    steady = {"g": interval, "keyint_min": interval, "sc_threshold": 0, "bf": 0, "flags:v": "+cgop+bitexact"}
    return {"c:v": "libx264", "preset": "veryfast", "profile:v": "high", **steady, **_TAGS}


def _video(
    plan: Plan,
    picture: Stream,
    heard: Stream | None,
    path: Path,
    picture_options: dict[str, Any],
    sound_options: dict[str, Any],
) -> Stream:
    streams = [picture] if heard is None else [picture, heard]
    options = picture_options | (sound_options if heard is not None else {}) | _NAMELESS | _NO_MESSAGES
    return ffmpeg.output(*streams, str(path), format="mp4", movflags="+faststart", t=_length(plan), **options)
