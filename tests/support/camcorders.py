"""Films as camcorders, pocket cameras and old telephones write them; importing this adds them to `make_clips`.

Every frame carries its number, drawn as it should look on screen: where dots are not square the whole picture is
squeezed afterwards, and where fields differ both carry the same number.
"""

import random
import struct
from fractions import Fraction
from pathlib import Path

from tests.support.beeps import BEEP, beeping
from tests.support.camera import counter, ffmpeg
from tests.support.make_clips import Scale, clip

# A time stamp of a transport stream has 33 bits of 1/90000 s, and starts anew after a day.
WRAP = 2**33 / 90000
AMR_LOUD_FROM = BEEP
PACKED_FRAMES = 22
SECONDS = 1


def picture(size: tuple[int, int], rate: object, seconds: float) -> list[object]:
    return ["-f", "lavfi", "-i", f"testsrc2=s={size[0]}x{size[1]}:r={rate}:d={seconds}"]


def fields(shown: tuple[int, int], coded: tuple[int, int], first: str) -> str:
    """Two fields a frame, which show two moments; `shown` is the size in square dots."""
    shape = Fraction(shown[0], shown[1]) / Fraction(coded[0], coded[1])
    squeezed = f"scale={coded[0]}:{coded[1]}:interl=1,setsar={shape.numerator}/{shape.denominator}"
    return f"interlace=lowpass=0:scan={first},{counter(shown[1])},{squeezed}"


@clip("mjpeg_pcm.avi", "ok", "pocket camera: Motion JPEG in AVI, 8-bit sound")
def _(path: Path, _scale: Scale) -> None:
    shown = ("-vf", f"{counter(240)},format=yuvj420p", "-c:v", "mjpeg", "-q:v", 3)
    ffmpeg(*picture((320, 240), 30, SECONDS), *beeping(SECONDS), *shown, "-c:a", "pcm_u8", "-ar", 11025, path)


@clip("divx_bframes.avi", "ok", "MPEG-4 ASP in AVI with B-frames: packets say when to decode, not when to show")
def _(path: Path, _scale: Scale) -> None:
    shown = ("-vf", counter(240), "-c:v", "mpeg4", "-vtag", "DIVX", "-bf", 2, "-q:v", 3, "-g", 50)
    ffmpeg(*picture((320, 240), 25, SECONDS), *beeping(SECONDS), *shown, "-c:a", "pcm_s16le", path)


@clip("divx_packed.avi", "ok", "the same, two frames in one packet and a placeholder in the next")
def _(path: Path, _scale: Scale) -> None:
    shown = ("-vf", counter(240), "-c:v", "libxvid", "-bf", 2, "-q:v", 3, "-g", 50)
    ffmpeg(*picture((320, 240), 25, SECONDS), *beeping(SECONDS), *shown, "-c:a", "pcm_s16le", path)
    _without_empty_packets(path)


def _without_empty_packets(path: Path) -> None:
    """ffmpeg fills the time its encoder looks ahead with empty packets; an encoder of its own time did not.

    It also swallows a frame at the very end, so the film stops short of that.
    """
    data = bytearray(path.read_bytes())
    start = data.find(b"movi")
    place, end = start + 4, start + struct.unpack_from("<I", data, start - 4)[0]
    kept, index, pictures = bytearray(), bytearray(), 0
    while place + 8 <= end:
        name, size = bytes(data[place : place + 4]), struct.unpack_from("<I", data, place + 4)[0]
        whole = data[place : place + 8 + size + size % 2]
        if size and (name != b"00dc" or pictures < PACKED_FRAMES):
            keyframe = 0x10 if name != b"00dc" or not pictures else 0
            index += name + struct.pack("<III", keyframe, 4 + len(kept), size)
            kept += whole
            pictures += name == b"00dc"
        place += len(whole)
    struct.pack_into("<I", data, start - 4, 4 + len(kept))
    struct.pack_into("<I", data, data.find(b"avih") + 24, pictures)
    struct.pack_into("<I", data, data.find(b"strh") + 40, pictures)
    data = data[: start + 4] + kept + b"idx1" + struct.pack("<I", len(index)) + index
    struct.pack_into("<I", data, 4, len(data) - 8)
    path.write_bytes(data)


@clip("h264_bframes.avi", "ok", "H.264 in AVI with B-frames two deep")
def _(path: Path, _scale: Scale) -> None:
    shown = ("-vf", counter(240), "-c:v", "libx264", "-preset", "veryfast", "-bf", 3, "-g", 25, "-pix_fmt", "yuv420p")
    ffmpeg(*picture((320, 240), 25, SECONDS), *beeping(SECONDS), *shown, "-c:a", "pcm_s16le", path)


@clip("dv_pal.avi", "ok", "tape camcorder: DV in AVI, 4:3, lower field first, dots wider than high")
def _(path: Path, _scale: Scale) -> None:
    shown = ("-vf", f"{fields((768, 576), (720, 576), 'bff')},format=yuv420p", "-c:v", "dvvideo")
    ffmpeg(*picture((768, 576), 50, SECONDS), *beeping(SECONDS), *shown, "-c:a", "pcm_s16le", "-ac", 2, path)


@clip("dv_ntsc_wide.avi", "ok", "the same in America, 16:9, 29.97 a second")
def _(path: Path, _scale: Scale) -> None:
    shown = ("-vf", f"{fields((854, 480), (720, 480), 'bff')},setsar=32/27,format=yuv411p", "-c:v", "dvvideo")
    ffmpeg(*picture((854, 480), "60000/1001", SECONDS), *beeping(SECONDS), *shown, "-c:a", "pcm_s16le", "-ac", 2, path)


def _avchd(path: Path, start: float) -> None:
    shown = ("-vf", fields((960, 540), (720, 540), "tff"), "-pix_fmt", "yuv420p")
    groups = ("-flags", "+ildct+ilme", "-x264-params", "tff=1:open-gop=1", "-bf", 2, "-g", 12)
    codec = ("-c:v", "libx264", "-preset", "veryfast", "-b:v", "3M", *groups, "-c:a", "ac3", "-b:a", "192k")
    container = ("-f", "mpegts", "-mpegts_m2ts_mode", 1, "-output_ts_offset", f"{start:.6f}")
    ffmpeg(*picture((960, 540), 50, SECONDS), *beeping(SECONDS), *shown, *codec, *container, path)


@clip("avchd.mts", "ok", "AVCHD camcorder: H.264 and AC-3 in 192-byte packets, two fields a frame, starts an hour in")
def _(path: Path, _scale: Scale) -> None:
    _avchd(path, 3600)


@clip("avchd_wraps.mts", "ok", "the same, whose clock starts anew half-way through the film")
def _(path: Path, _scale: Scale) -> None:
    _avchd(path, WRAP - 1.9)  # the container adds 1.4 s of its own


def _mpeg2(path: Path, container: str, sound: str) -> None:
    codec = ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-bf", 2, "-g", 12, "-b:v", "6M", "-maxrate", "8M")
    shown = ("-vf", fields((1024, 576), (720, 576), "tff"), "-bufsize", "1835k", "-c:a", sound)
    ffmpeg(*picture((1024, 576), 50, SECONDS), *beeping(SECONDS), *codec, *shown, "-f", container, path)


@clip("mpeg2_pal_wide.ts", "ok", "MPEG-2 and MP2 in a transport stream, 16:9, upper field first")
def _(path: Path, _scale: Scale) -> None:
    _mpeg2(path, "mpegts", "mp2")


@clip("mpeg2_pal_wide.mpg", "ok", "DVD camcorder: the same with AC-3 in a program stream")
def _(path: Path, _scale: Scale) -> None:
    _mpeg2(path, "dvd", "ac3")


def _telephone(path: Path, seconds: float, *codec: object) -> None:
    """There is no AMR encoder: the sound is put together frame by frame, quiet at first and noise after that."""
    speech, source = path.with_suffix(".amr"), random.Random(1)
    frames = (source.randbytes(31) if n * 0.02 >= AMR_LOUD_FROM else bytes(31) for n in range(round(seconds / 0.02)))
    speech.write_bytes(b"#!AMR\n" + b"".join(b"\x3c" + frame for frame in frames))
    film = (*picture((352, 288), 15, seconds), "-f", "amr", "-i", speech)
    ffmpeg(*film, "-vf", counter(288), *codec, "-c:a", "copy", "-f", "3gp", path)
    speech.unlink()


@clip("h263_amr.3gp", "ok", "old telephone: H.263 and AMR-NB in 3GP, 15 a second")
def _(path: Path, _scale: Scale) -> None:
    _telephone(path, SECONDS, "-c:v", "h263", "-q:v", 3, "-g", 1)  # otherwise it skips squares that change


@clip("mpeg4_amr_short.3gp", "ok", "MPEG-4 and AMR-NB in 3GP, well under a second")
def _(path: Path, _scale: Scale) -> None:
    _telephone(path, 0.6, "-c:v", "mpeg4", "-q:v", 3)


@clip("mjpeg_short.avi", "ok", "Motion JPEG in AVI, a fifth of a second, without sound")
def _(path: Path, _scale: Scale) -> None:
    ffmpeg(*picture((320, 240), 30, 0.2), "-vf", f"{counter(240)},format=yuvj420p", "-c:v", "mjpeg", "-q:v", 3, path)
