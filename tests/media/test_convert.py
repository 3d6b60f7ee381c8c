"""Real files through the real ffmpeg: what comes out is what players, seeks and promises rely on."""

import json
import random
import re
import subprocess
from array import array
from fractions import Fraction
from pathlib import Path

import pytest

from tests.media.conftest import Convert, Find
from tests.support.camera import DROPPED, ffmpeg, film, h264, hevc
from tests.support.counter import counters, describe, gaps, packets
from veo_workflow.media import Converted, Kind, Limits, Progress, convert, doctor, plan, probe
from veo_workflow.media.verify import NotAsPlanned, check_video, moov_comes_first

TURNED = "turned.mov"


@pytest.fixture(scope="session")
def turned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Converted]:
    """An iPad held upright: HEVC, uneven, quiet, with place, date and device in it."""
    folder = tmp_path_factory.mktemp("turned")
    film(folder / TURNED, (320, 180), 2, hevc(1000), uneven=True, turned=90, sound=[], timed_metadata=True)
    (folder / "made").mkdir()
    return folder / TURNED, convert(folder / TURNED, folder / "made", Limits())


def made(clip: Converted, kind: str) -> Path:
    return next(output.path for output in clip.outputs if output.kind == kind)


def test_a_clip_filmed_upright_plays_upright(turned: tuple[Path, Converted]) -> None:
    _, clip = turned
    assert (clip.width, clip.height) == (180, 320)
    picture = describe(made(clip, "playback"))["streams"][0]
    assert (picture["width"], picture["height"]) == (180, 320)
    assert "side_data_list" not in picture


@pytest.mark.parametrize(
    ("name", "turned", "size"),
    [("ipad_hevc_hlg_rot90.mov", 90, (180, 320)), ("ipad_h264_1080p30_rot180.MOV", 180, (320, 180))],
)
def test_what_stood_at_the_top_of_the_cameras_picture_stands_where_it_belongs(
    converted: Convert, name: str, turned: int, size: tuple[int, int]
) -> None:
    """The squares are read where the turn has taken them: anywhere else there are no numbers that go up."""
    clip = converted(name)
    assert (clip.width, clip.height) == size
    for kind in ("playback", "small"):
        shown = counters(made(clip, kind), turned=turned)
        assert len(shown) == clip.frames
        assert all(abs(source - n) <= (n in DROPPED) for n, source in enumerate(shown))


def test_frame_n_of_the_playback_file_shows_frame_n_of_the_camera(converted: Convert) -> None:
    clip = converted("ipad_hevc_sdr_1080p30.mov")
    shown = counters(made(clip, "playback"))
    assert len(shown) == clip.frames == 60
    for n, source in enumerate(shown):
        if n in DROPPED:
            assert source in (n - 1, n + 1)
        else:
            assert source == n


def test_the_small_file_and_the_playback_file_show_the_same_frame(converted: Convert) -> None:
    clip = converted("ipad_hevc_sdr_1080p30.mov")
    assert counters(made(clip, "small")) == counters(made(clip, "playback"))


def test_half_of_the_frames_of_a_fast_camera_are_shown(tmp_path: Path) -> None:
    film(tmp_path / "fast.mov", (320, 180), 1, h264(1000, gop=60), rate=60)
    shown = counters(made(convert(tmp_path / "fast.mov", tmp_path, Limits()), "playback"))
    assert set(gaps([float(n) for n in shown])) == {2.0}


@pytest.mark.parametrize("kind", ["playback", "small"])
def test_every_frame_starts_at_n_over_the_rate_and_every_half_second_is_a_keyframe(
    converted: Convert, kind: str
) -> None:
    clip = converted("ipad_hevc_sdr_1080p30.mov")
    found = packets(made(clip, kind))
    assert [round(start * 30, 2) for start, _ in found] == list(range(clip.frames))
    assert [n for n, (_, key) in enumerate(found) if key] == list(range(0, clip.frames, 15))
    assert clip.frame_rate == Fraction(30)
    assert clip.duration_ms == 2000
    assert describe(made(clip, kind))["format"]["start_time"] == "0.000000"


def test_it_starts_to_play_before_all_of_it_is_there(turned: tuple[Path, Converted]) -> None:
    original, clip = turned
    assert not moov_comes_first(original)
    assert moov_comes_first(made(clip, "playback"))
    assert moov_comes_first(made(clip, "small"))


def test_the_tracks_of_the_playback_file_are_one_picture_and_one_sound(turned: tuple[Path, Converted]) -> None:
    original, clip = turned
    assert len(describe(original)["streams"]) == 3
    assert [stream["codec_name"] for stream in describe(made(clip, "playback"))["streams"]] == ["h264", "aac"]


def test_a_teacher_across_the_room_is_made_audible(turned: tuple[Path, Converted]) -> None:
    original, clip = turned
    before, after = loudness(original), loudness(made(clip, "playback"))
    assert before < -35
    assert 15 < after - before < 21
    assert -30 < after < -14


def test_silence_stays_silent_and_a_clip_without_sound_has_no_waveform(converted: Convert) -> None:
    clip = converted("noaudio.mov")
    assert not clip.has_sound
    assert {output.kind for output in clip.outputs} == {"playback", "small", "poster", "storyboard", "storyboard_vtt"}


def test_a_clip_that_every_browser_plays_keeps_its_picture_to_the_bit(clip: Find, converted: Convert) -> None:
    source = clip("websafe_720p.mp4")
    assert plan(probe(source, Limits()), Limits()).kind is Kind.COPY
    playback = made(converted("websafe_720p.mp4"), "playback")
    assert frame_hashes(playback) == frame_hashes(source)


def test_sound_that_starts_late_still_does(converted: Convert) -> None:
    waveform = json.loads(made(converted("audio_offset.mov"), "waveform").read_text())
    seconds = waveform["samples_per_pixel"] / waveform["sample_rate"]
    loud = [n * seconds for n in range(waveform["length"]) if waveform["data"][2 * n + 1] > 8]
    assert 1.4 < loud[0] < 1.6  # half a second late; the first syllable comes after almost a second


@pytest.mark.parametrize("late", ["sound", "picture"])
@pytest.mark.parametrize("kind", [Kind.COPY, Kind.TRANSCODE])
def test_a_clap_is_heard_when_it_is_seen(tmp_path: Path, kind: Kind, late: str) -> None:
    """Half a second late by an edit list, as cameras write it; within one frame of the other afterwards."""
    source = tmp_path / "clap.mov"
    clap(source, late, h264(800) if kind is Kind.COPY else hevc(800))
    chosen = plan(probe(source, Limits()), Limits())
    assert chosen.kind is kind
    clip = convert(source, tmp_path, Limits())
    for video in ("playback", "small"):
        seen, heard = flash(made(clip, video)) / float(clip.frame_rate), click(made(clip, video))
        assert seen == pytest.approx(1.5, abs=0.5 / 30), "the flash is where it was"
        assert heard == pytest.approx(seen, abs=1 / 30)


def test_hdr_becomes_a_picture_in_ordinary_colours(converted: Convert) -> None:
    clip = converted("ipad_hevc_hlg_rot90.mov")
    picture = describe(made(clip, "playback"))["streams"][0]
    assert (picture["width"], picture["height"]) == (180, 320)
    assert (picture["pix_fmt"], picture["color_transfer"], picture["color_primaries"]) == ("yuv420p", "bt709", "bt709")


def test_hdr_is_about_as_bright_as_the_same_scene_without_it(tmp_path: Path) -> None:
    """Mean luma within a sixth of its twin's: darker is a lesson at dusk, brighter is washed out."""
    luma = {}
    for name, hlg in (("bright", True), ("ordinary", False)):
        folder = tmp_path / name
        folder.mkdir()
        source = folder / "lesson.mov"
        film(source, (320, 180), 1, hevc(2000, ten_bit=hlg), hlg=hlg)
        luma[name] = mean_luma(made(convert(source, folder, Limits()), "playback"))
        assert (plan(probe(source, Limits()), Limits()).kind is Kind.HDR) is hlg
    assert luma["bright"] == pytest.approx(luma["ordinary"], rel=1 / 6)


def test_odd_sides_become_even(converted: Convert) -> None:
    clip = converted("odd_853x479.webm")
    assert (clip.width, clip.height) == (852, 478)


def test_what_plays_of_a_damaged_recording_is_kept_and_the_owner_is_told(converted: Convert) -> None:
    clip = converted("truncated_faststart.mp4")
    assert 5000 < clip.duration_ms < 7000
    assert clip.note
    assert re.fullmatch(r"The end .* the first \d seconds of 10 seconds can be played\.", clip.note)


def test_a_broken_stretch_is_not_passed_on_but_encoded_anew(clip: Find, tmp_path: Path) -> None:
    whole = clip("websafe_720p.mp4")
    data = bytearray(whole.read_bytes())
    for position, size in places(whole)[10:22]:  # so many that not all of them pass for a picture by chance
        data[position + 40 : position + size] = random.Random(1).randbytes(size - 40)
    source, folder = tmp_path / "broken.mp4", tmp_path / "made"
    source.write_bytes(data)
    folder.mkdir()
    assert plan(probe(source, Limits()), Limits()).kind is Kind.COPY
    clip_made = convert(source, folder, Limits())
    assert clip_made.note
    assert clip_made.note.startswith("This recording is damaged in places")
    assert packets(made(clip_made, "playback"))[15][1]


def test_much_damage_in_the_middle_still_leaves_what_plays(converted: Convert) -> None:
    clip = converted("corrupt_middle.mp4")
    assert 9000 < clip.duration_ms <= 10000
    assert clip.note


def test_the_storyboard_names_a_rectangle_for_every_moment(converted: Convert) -> None:
    clip = converted("truncated_faststart.mp4")
    index = made(clip, "storyboard_vtt").read_text()
    cues = re.findall(r"([\d:.]+) --> ([\d:.]+)\nstoryboard\.jpg#xywh=(\d+),(\d+),(\d+),(\d+)", index)
    board = describe(made(clip, "storyboard"))["streams"][0]
    assert len(cues) == round(clip.duration_ms / 1000)
    for _, _, left, top, width, height in cues:
        assert int(left) + int(width) <= board["width"]
        assert int(top) + int(height) <= board["height"]
    assert [end for _, end, *_ in cues[:-1]] == [start for start, *_ in cues[1:]]


def test_the_waveform_is_audiowaveforms_layout(converted: Convert) -> None:
    waveform = json.loads(made(converted("ipad_hevc_sdr_1080p30.mov"), "waveform").read_text())
    data = waveform.pop("data")
    length = waveform.pop("length")
    assert waveform == {"version": 2, "channels": 1, "sample_rate": 8000, "samples_per_pixel": 160, "bits": 8}
    assert len(data) == 2 * length
    assert length * 160 / 8000 == pytest.approx(2, abs=0.05)
    assert max(data) > 30
    assert all(low <= high for low, high in zip(data[::2], data[1::2], strict=True))


def test_progress_goes_up_through_its_stages(clip: Find, tmp_path: Path) -> None:
    told: list[Progress] = []
    convert(clip("one_second.mov"), tmp_path, Limits(), on_progress=told.append)
    assert [told[0].stage, told[-1].stage] == ["checking", "finishing"]
    assert sorted(told, key=lambda progress: progress.fraction) == told
    assert 0 <= told[0].fraction <= told[-1].fraction <= 1


def test_without_the_sandbox_the_same_comes_out(clip: Find, tmp_path: Path) -> None:
    assert convert(clip("one_second.mov"), tmp_path, Limits(sandbox=False)).frames == 30


def test_a_file_that_kept_its_place_or_lost_its_keyframes_does_not_pass_the_checks(
    clip: Find, converted: Convert, tmp_path: Path
) -> None:
    good = made(converted("one_second.mov"), "playback")
    size = (converted("one_second.mov").width, converted("one_second.mov").height)
    told, sparse = tmp_path / "told.mp4", tmp_path / "sparse.mp4"
    same = ["ffmpeg", "-v", "error", "-i", str(good), "-movflags", "+faststart"]
    subprocess.run([*same, "-c", "copy", "-metadata", "title=9B", "-fflags", "+bitexact", str(told)], check=True)
    subprocess.run([*same, "-g", "300", "-bf", "0", "-fflags", "+bitexact", str(sparse)], check=True)
    for path in (told, sparse):
        with pytest.raises(NotAsPlanned):
            check_video(path, Limits(), size=size, rate=Fraction(30), keyframe_gap=0.5, has_sound=True)


def test_the_doctor_finds_what_is_installed() -> None:
    facts = {fact.name: fact for fact in doctor()}
    assert facts["ffmpeg"].remedy is facts["ffprobe"].remedy is None
    assert "sandbox" in facts


def clap(path: Path, late: str, codec: list[object]) -> None:
    """Two seconds of grey with a white frame, and a beep, both at 1.5 s; one of the tracks starts at 0.5 s."""
    begins = {"picture": 0.0, "sound": 0.0, late: 0.5}
    frame, beep = round((1.5 - begins["picture"]) * 30), 1.5 - begins["sound"]
    picture = f"color=gray:s=160x120:r=30:d=2,drawbox=color=white:t=fill:enable='eq(n\\,{frame})'"
    sound = f"aevalsrc='0.5*sin(2*PI*1000*t)*between(t\\,{beep}\\,{beep + 0.1})':s=48000:d=2"
    inputs = [
        *("-itsoffset", begins["picture"], "-f", "lavfi", "-i", picture),
        *("-itsoffset", begins["sound"], "-f", "lavfi", "-i", sound),
    ]
    ffmpeg(*inputs, *codec, "-c:a", "aac", "-b:a", "96k", path)


def flash(video: Path) -> int:
    """The number of the brightest frame."""
    scaled = ["-map", "0:v:0", "-vf", "scale=1:1,format=gray", "-fps_mode", "passthrough", "-f", "rawvideo"]
    levels = decoded(video, scaled)
    return levels.index(max(levels))


def click(video: Path) -> float:
    """When the first loud sound is, in seconds."""
    from_the_start = ["-af", "aresample=48000:async=1:first_pts=0", "-ac", "1", "-f", "s16le"]
    samples = array("h", decoded(video, ["-map", "0:a:0", *from_the_start]))
    loud = max(samples) / 3
    return next(n for n, sample in enumerate(samples) if sample > loud) / 48000


def mean_luma(video: Path) -> float:
    levels = decoded(video, ["-map", "0:v:0", "-vf", "scale=64:36,format=gray", "-f", "rawvideo"])
    return sum(levels) / len(levels)


def decoded(video: Path, output: list[str]) -> bytes:
    argv = ["ffmpeg", "-v", "error", "-i", str(video), *output, "-"]
    return subprocess.run(argv, check=True, capture_output=True).stdout


def loudness(file: Path) -> float:
    argv = ["ffmpeg", "-hide_banner", "-i", str(file), "-map", "0:a:0", "-af", "ebur128=framelog=verbose", "-f", "null"]
    said = subprocess.run([*argv, "-"], check=True, capture_output=True, text=True).stderr
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1])


def places(file: Path) -> list[tuple[int, int]]:
    """Where in the file each packet of the picture lies: first byte and number of bytes."""
    argv = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pos,size", "-of", "json"]
    found = json.loads(subprocess.run([*argv, str(file)], check=True, capture_output=True).stdout)
    return [(int(packet["pos"]), int(packet["size"])) for packet in found["packets"]]


def frame_hashes(file: Path) -> list[str]:
    argv = ["ffmpeg", "-v", "error", "-i", str(file), "-map", "0:v:0", "-f", "framemd5", "-fflags", "+bitexact", "-"]
    rows = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.splitlines()
    return [row.rsplit(",")[-1].strip() for row in rows if not row.startswith("#")]
