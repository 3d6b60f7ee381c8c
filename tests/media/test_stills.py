"""One frame as a picture and one moment as a film, out of a playback file: exact, whole, and untouched."""

import functools
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from tests.media.conftest import Convert, Find
from tests.support.beeps import beeping, beeps
from tests.support.camera import FASTSTART, counter, ffmpeg, film, h264
from tests.support.counter import counters, describe, packets
from veo_workflow.media import Kind, Limits, MediaFailure, convert, cut, plan, probe, still
from veo_workflow.media.verify import check_nameless, moov_comes_first

LIMITS = Limits()
SECONDS = 2


@dataclass(frozen=True)
class Playback:
    path: Path
    rate: Fraction

    @property
    def frames(self) -> int:
        return len(packets(self.path))


def _encode(path: Path, rate: Fraction, codec: list[object]) -> None:
    inputs = ("-f", "lavfi", "-i", f"testsrc2=s=320x180:r={rate}:d={SECONDS}", *beeping(SECONDS))
    ffmpeg(*inputs, "-vf", counter(180), *codec, "-c:a", "aac", "-ac", 1, *FASTSTART, "-fflags", "+bitexact", path)


def _as_cameras_do(rate: Fraction) -> list[object]:
    """Three B-frames, and keyframes wherever they please."""
    forced = ",".join(f"{float(frame / rate):.6f}" for frame in (7, 9, 22, 37, 38))
    return [*h264(600, gop=23, b_frames=3), "-force_key_frames", forced]


@pytest.fixture(scope="session")
def playback(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Playback]:
    """`25`, `30` and `29.97` as this software encodes them; `camera` passed on as it was filmed."""
    folder = tmp_path_factory.mktemp("playback")
    rates = {"25": Fraction(25), "30": Fraction(30), "29.97": Fraction(30000, 1001), "camera": Fraction(30000, 1001)}
    made: dict[str, Playback] = {}

    def find(name: str) -> Playback:
        if name not in made:
            rate, path = rates[name], folder / f"{name}.mp4"
            if name == "camera":
                source, out = folder / "source.mp4", folder / "made"
                out.mkdir()
                _encode(source, rate, _as_cameras_do(rate))
                assert plan(probe(source, LIMITS), LIMITS).kind is Kind.COPY
                convert(source, out, LIMITS)
                (out / "playback.mp4").rename(path)
            else:
                _encode(path, rate, h264(600, gop=int(rate / 2)))
            made[name] = Playback(path, rate)
        return made[name]

    return find


@pytest.mark.parametrize("name", ["25", "30", "29.97", "camera"])
def test_the_still_of_frame_n_shows_frame_n(name: str, playback: Callable[[str], Playback], tmp_path: Path) -> None:
    clip = playback(name)
    last = clip.frames - 1
    frames = [0, 1, 6, 7, 8, 9, 11, 14, 15, 21, 22, 23, 36, 37, 38, last - 1, last]
    for n, frame in enumerate(frames):
        still(clip.path, tmp_path / f"{n:02}.jpg", frame, clip.rate, LIMITS)
    assert counters(tmp_path / "%02d.jpg") == frames


def test_a_still_is_no_larger_than_needed_and_says_nothing_of_its_maker(tmp_path: Path) -> None:
    source = tmp_path / "playback.mp4"
    film(source, (1080, 1920), 0.2, h264(3000), sound=[])
    (tmp_path / "made").mkdir()
    target = tmp_path / "made" / "still.jpg"
    still(source, target, 3, Fraction(30), LIMITS)
    picture = describe(target)["streams"][0]
    assert (picture["width"], picture["height"]) == (720, 1280)
    assert target.stat().st_size < 300_000
    held = target.read_bytes()
    for trace in (b"Exif", b"Apple", b"2026", b"Lavc", b"51.5007"):
        assert trace not in held


def test_a_small_picture_is_not_blown_up(playback: Callable[[str], Playback], tmp_path: Path) -> None:
    still(playback("30").path, tmp_path / "still.jpg", 3, Fraction(30), LIMITS)
    assert describe(tmp_path / "still.jpg")["streams"][0]["width"] == 320


def test_a_frame_that_is_not_there_is_no_still(playback: Callable[[str], Playback], tmp_path: Path) -> None:
    clip = playback("30")
    with pytest.raises(MediaFailure) as said:
        still(clip.path, tmp_path / "still.jpg", clip.frames, clip.rate, LIMITS)
    assert said.value.retryable
    with pytest.raises(MediaFailure):
        cut(clip.path, tmp_path / "cut.mp4", 900, 930, clip.rate, LIMITS)
    assert not list(tmp_path.iterdir())


SPANS = [(0, 10), (8, 20), (21, 31), (22, 22), (38, 59), (14, 30)]


@pytest.fixture(scope="session")
def moment_of(
    playback: Callable[[str], Playback], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, int, int], Path]:
    """The cut from one frame to another of that playback file."""

    @functools.cache
    def made(name: str, first: int, last: int) -> Path:
        clip, path = playback(name), tmp_path_factory.mktemp("moment") / "cut.mp4"
        cut(clip.path, path, first, last, clip.rate, LIMITS)
        return path

    return made


@pytest.mark.parametrize("span", SPANS, ids=str)
@pytest.mark.parametrize("name", ["30", "29.97", "camera"])
def test_a_cut_shows_its_moment_from_the_first_frame_to_the_last(
    name: str, span: tuple[int, int], moment_of: Callable[[str, int, int], Path]
) -> None:
    first, last = span
    part = moment_of(name, first, last)
    shown = counters(part)
    moment = list(range(first, last + 1))
    assert shown[: len(moment)] == moment
    assert len(shown) - len(moment) <= (4 if name == "camera" else 0)
    starts = sorted(start for start, _ in packets(part))
    assert min(starts, key=abs) == pytest.approx(0, abs=0.0005)
    assert moov_comes_first(part)
    check_nameless(describe(part))


@pytest.mark.parametrize("span", SPANS, ids=str)
@pytest.mark.parametrize("name", ["25", "camera"])
def test_a_cut_is_the_clips_own_packets_from_the_keyframe_at_or_before_it(
    name: str, span: tuple[int, int], playback: Callable[[str], Playback], moment_of: Callable[[str, int, int], Path]
) -> None:
    clip = playback(name)
    first, last = span[0], min(span[1], clip.frames - 1)
    moment = moment_of(name, first, last)
    whole, part = hashes(clip.path, "v:0"), hashes(moment, "v:0")
    starts = [(round(start * clip.rate), key) for start, key in packets(clip.path)]
    keyframe = max(n for n, key in starts if key and n <= first)
    begins = next(place for place, (n, _) in enumerate(starts) if n == keyframe)
    assert part == whole[begins : begins + len(part)]
    heard = hashes(moment, "a:0")
    assert heard == in_order(hashes(clip.path, "a:0"), heard)
    assert len(heard) >= (last - first) / clip.rate * 48000 / 1024


@pytest.mark.parametrize("name", ["25", "camera"])
@pytest.mark.parametrize("first", [0, 5, 8, 24])
def test_the_sound_of_a_cut_is_heard_with_the_picture_it_belongs_to(
    name: str, first: int, playback: Callable[[str], Playback], tmp_path: Path
) -> None:
    clip = playback(name)
    cut(clip.path, tmp_path / "cut.mp4", first, clip.frames - 1, clip.rate, LIMITS)
    begins = float(first / clip.rate)
    expected = [beep - begins for beep in (0.4, 1.4) if beep > begins]
    assert beeps(tmp_path / "cut.mp4") == pytest.approx(expected, abs=0.004)


def test_a_cut_of_a_clip_without_sound_has_none(tmp_path: Path, converted: Convert) -> None:
    source = next(output.path for output in converted("noaudio.mov").outputs if output.kind == "playback")
    cut(source, tmp_path / "cut.mp4", 20, 30, Fraction(30), LIMITS)
    assert [stream["codec_type"] for stream in describe(tmp_path / "cut.mp4")["streams"]] == ["video"]


def test_a_camera_with_open_groups_of_pictures_is_not_passed_on(tmp_path: Path) -> None:
    """Nobody can begin at such a keyframe and see what comes right before it."""
    for name, option in (("open", "open-gop=1"), ("closed", "open-gop=0")):
        _encode(tmp_path / f"{name}.mp4", Fraction(30), [*h264(600, gop=15, b_frames=3), "-x264-params", option])
    kinds = [plan(probe(tmp_path / f"{name}.mp4", LIMITS), LIMITS).kind for name in ("open", "closed")]
    assert kinds == [Kind.TRANSCODE, Kind.COPY]


def test_stills_of_what_was_filmed_with_an_ipad_are_exact(converted: Convert, clip: Find, tmp_path: Path) -> None:
    made = converted("ipad_hevc_sdr_1080p30.mov")
    source = next(output.path for output in made.outputs if output.kind == "playback")
    shown = counters(source)
    frames = [0, 1, 14, 15, 49, 50, 59]
    for n, frame in enumerate(frames):
        still(source, tmp_path / f"{n:02}.jpg", frame, made.frame_rate, LIMITS)
    assert counters(tmp_path / "%02d.jpg") == [shown[frame] for frame in frames]


@functools.cache
def hashes(file: Path, stream: str) -> list[str]:
    """A digest of every packet of one stream, in the order in which they are stored."""
    argv = ["ffprobe", "-v", "error", "-ignore_editlist", "1", "-select_streams", stream, "-show_data_hash", "md5"]
    argv += ["-show_entries", "packet=data_hash", "-of", "csv=p=0", str(file)]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()


def in_order(whole: list[str], part: list[str]) -> list[str]:
    """The stretch of `whole` that begins where `part` does."""
    begins = next(n for n in range(len(whole)) if whole[n : n + 3] == part[:3])
    return whole[begins : begins + len(part)]
