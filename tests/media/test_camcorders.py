"""What comes out of a school's cupboard: each frame in its place, upright in shape, without combs, sound beside it."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.media.conftest import Convert, Find
from tests.support import camcorders
from tests.support.beeps import BEEP, beeps
from tests.support.counter import counters, describe
from veo_workflow.media import Converted, Limits, probe

# name, rate, size, frames, sound
KINDS = [
    ("mjpeg_pcm.avi", 30, (320, 240), 30, True),
    ("divx_bframes.avi", 25, (320, 240), 25, True),
    ("divx_packed.avi", 25, (320, 240), camcorders.PACKED_FRAMES, True),
    ("h264_bframes.avi", 25, (320, 240), 25, True),
    ("dv_pal.avi", 25, (768, 576), 25, True),
    ("dv_ntsc_wide.avi", 30, (852, 480), 30, True),
    ("avchd.mts", 25, (960, 540), 25, True),
    ("avchd_wraps.mts", 25, (960, 540), 25, True),
    ("mpeg2_pal_wide.ts", 25, (1024, 576), 25, True),
    ("mpeg2_pal_wide.mpg", 25, (1024, 576), 25, True),
    ("h263_amr.3gp", 30, (352, 288), 30, True),
    ("mpeg4_amr_short.3gp", 30, (352, 288), 18, True),
    ("mjpeg_short.avi", 30, (320, 240), 6, False),
]
every_kind = pytest.mark.parametrize(
    ("name", "rate", "size", "frames", "sound"), KINDS, ids=[kind[0] for kind in KINDS]
)
INTERLACED = [
    "dv_pal.avi",
    "dv_ntsc_wide.avi",
    "avchd.mts",
    "avchd_wraps.mts",
    "mpeg2_pal_wide.ts",
    "mpeg2_pal_wide.mpg",
]


def playback(clip: Converted) -> Path:
    return next(output.path for output in clip.outputs if output.kind == "playback")


@every_kind
def test_it_is_accepted_with_its_rate_its_shape_and_every_frame(
    converted: Convert, name: str, rate: int, size: tuple[int, int], frames: int, sound: bool
) -> None:
    clip = converted(name)
    assert (clip.frame_rate, clip.frames, clip.has_sound, clip.note) == (rate, frames, sound, None)
    assert (clip.width, clip.height) == size
    picture = describe(playback(clip))["streams"][0]
    assert (picture["width"], picture["height"]) == size
    assert picture.get("sample_aspect_ratio", "1:1") == "1:1"


@every_kind
def test_frame_n_shows_what_the_camera_saw_then(
    converted: Convert, name: str, rate: int, size: tuple[int, int], frames: int, sound: bool
) -> None:
    each = 2 if name.endswith("3gp") else 1  # 15 a second are shown twice
    assert counters(playback(converted(name))) == [n // each for n in range(frames)]


@pytest.mark.parametrize("name", [kind[0] for kind in KINDS if kind[3] > 20 and not kind[0].endswith("3gp")])
def test_a_beep_is_heard_when_it_was_made(converted: Convert, name: str) -> None:
    assert beeps(playback(converted(name))) == pytest.approx([BEEP], abs=0.02)


@pytest.mark.parametrize("name", ["h263_amr.3gp", "mpeg4_amr_short.3gp"])
def test_a_telephones_speech_begins_when_it_was_spoken(converted: Convert, name: str) -> None:
    assert beeps(playback(converted(name)))[0] == pytest.approx(camcorders.AMR_LOUD_FROM, abs=0.06)


@pytest.mark.parametrize("name", INTERLACED)
def test_two_fields_become_one_picture_without_combs(clip: Find, converted: Convert, name: str) -> None:
    assert combed(clip(name)) > 0.6
    assert combed(playback(converted(name))) < 0.2


def test_a_clock_that_starts_anew_is_really_in_the_file(clip: Find) -> None:
    """Otherwise the test of it would say nothing."""
    argv = ["ffprobe", "-v", "error", "-correct_ts_overflow", "0", "-select_streams", "v:0"]
    argv += ["-show_entries", "packet=dts_time", "-of", "csv=p=0", str(clip("avchd_wraps.mts"))]
    times = [float(word.split(",")[0]) for word in subprocess.check_output(argv, text=True).split()]
    assert max(times) - min(times) > camcorders.WRAP / 2


def test_a_packed_file_is_really_packed(clip: Find) -> None:
    argv = ["ffmpeg", "-v", "debug", "-i", str(clip("divx_packed.avi")), "-frames:v", "5", "-f", "null", "-"]
    assert "packed" in subprocess.run(argv, check=True, capture_output=True, text=True).stderr


def test_a_camcorders_clock_far_from_nought_is_no_long_recording(clip: Find) -> None:
    found = probe(clip("avchd.mts"), Limits(max_seconds=10))
    assert found.header.origin > 3600
    assert found.duration == pytest.approx(camcorders.SECONDS, abs=0.1)


def combed(video: Path) -> float:
    """Which part of the frames are two fields of two moments, as ffmpeg's detector sees it."""
    argv = ["ffmpeg", "-hide_banner", "-i", str(video), "-map", "0:v:0", "-vf", "idet", "-f", "null", "-"]
    said = subprocess.run(argv, check=True, capture_output=True, text=True).stderr
    found = re.findall(r"Single frame detection: TFF:\s*(\d+) BFF:\s*(\d+) Progressive:\s*(\d+)", said)[-1]
    top, bottom, progressive = map(int, found)
    return (top + bottom) / max(1, top + bottom + progressive)
