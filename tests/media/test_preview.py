"""The copy to watch meanwhile: nothing of the camera in it but the picture, and every frame where it will stay."""

import json
import re
import struct
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from tests.media.conftest import Find
from tests.support.camera import PLACE, camera, ffmpeg, film, h264, hevc, voice
from tests.support.counter import counters, describe, packets
from veo_workflow.media import Converted, Limits, Output, boxes, convert, plan, preview, probe
from veo_workflow.media.verify import NotAsPlanned, check_preview, moov_comes_first

SIZE = (192, 108)
MADE_BY = (b"+51.5007", b"Apple", b"iPad", b"2026-03", b"9B period", b"Core Media", b"Lavf", b"x264", b"x265")


def previewed(source: Path, folder: Path) -> Output | None:
    folder.mkdir(exist_ok=True)
    return preview(source, folder, probe(source, Limits()), Limits())


def b_frames(path: Path) -> None:
    film(path, SIZE, 2, h264(600, gop=40, b_frames=3), sound=[])


def fast(path: Path) -> None:
    film(path, SIZE, 2, h264(900, gop=60, b_frames=2), rate=60, sound=[])


def very_fast(path: Path) -> None:
    film(path, SIZE, 1, hevc(900, 120), rate=120, sound=[])


def uneven(path: Path) -> None:
    film(path, SIZE, 2, hevc(600), uneven=True, sound=[])


def uneven_b_frames(path: Path) -> None:
    film(path, SIZE, 2, h264(600, gop=40, b_frames=3), uneven=True, sound=[])


def fifty(path: Path) -> None:
    film(path, SIZE, 2, h264(600, gop=50, b_frames=2), rate=50, sound=[])


def late_sound(path: Path) -> None:
    inputs, graph = camera(*SIZE, 30, 2)
    sound = ("-itsoffset", 0.5, *voice(2, 0.2))
    ffmpeg(*inputs, *sound, "-filter_complex", graph, "-map", "[v]", "-map", "4:a", *h264(600), "-c:a", "aac", path)


def passed_on(path: Path) -> None:
    film(path, SIZE, 2, h264(600, b_frames=2), rate=24, sound=[], nameless=True)


SOURCES = (b_frames, fast, very_fast, fifty, uneven, uneven_b_frames, late_sound, passed_on)
Both = Callable[[Callable[[Path], None]], tuple[Path, Output, Converted]]


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """A camera's file, the copy of it, and what the conversion makes of it; each at most once."""
    made: dict[str, tuple[Path, Output, Converted]] = {}

    def of(source: Callable[[Path], None]) -> tuple[Path, Output, Converted]:
        if source.__name__ not in made:
            folder = tmp_path_factory.mktemp(source.__name__)
            path = folder / f"{source.__name__}.mov"
            source(path)
            facts = probe(path, Limits())
            copy = preview(path, folder, facts, Limits())
            assert copy is not None
            made[source.__name__] = path, copy, convert(path, folder, Limits(), facts=facts)
        return made[source.__name__]

    return of


def playback(clip: Converted) -> Path:
    return next(output.path for output in clip.outputs if output.kind == "playback")


def at_every_middle(file: Path, rate: Fraction, frames: int) -> list[int]:
    """What a player shows at the middle of each frame of the playback file: the last frame that has begun."""
    starts = sorted(start for start, _ in packets(file))
    shown = list(zip(starts, counters(file), strict=True))
    middles = [float((n + Fraction(1, 2)) / rate) for n in range(frames)]
    return [[number for start, number in shown if start <= middle][-1] for middle in middles]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_at_the_middle_of_every_frame_both_show_the_same_frame_of_the_camera(
    both: Both, source: Callable[[Path], None]
) -> None:
    _, copy, clip = both(source)
    shown = at_every_middle(copy.path, clip.frame_rate, clip.frames)
    assert shown == at_every_middle(playback(clip), clip.frame_rate, clip.frames)
    assert len(set(shown)) > 0.9 * clip.frames


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_it_lasts_as_long_as_the_playback_file_was_planned_to(both: Both, source: Callable[[Path], None]) -> None:
    original, copy, clip = both(source)
    picture = describe(copy.path)["streams"][0]
    planned = plan(probe(original, Limits()), Limits())
    assert abs(planned.frames - clip.frames) <= 1
    assert float(picture["start_time"]) == pytest.approx(0, abs=0.004)
    assert float(picture["duration"]) == pytest.approx(planned.frames / planned.frame_rate, abs=0.006)
    assert len(packets(copy.path)) == len(packets(original))


def test_what_was_late_or_early_to_its_frame_is_on_time_and_what_is_left_out_is_passed_over(both: Both) -> None:
    _, copy, clip = both(fast)
    shown = at_every_middle(copy.path, clip.frame_rate, clip.frames)
    assert shown == [2 * n for n in range(clip.frames)]
    places = [start * clip.frame_rate for start, _ in packets(both(uneven)[1].path)]
    assert max(abs(place - round(place)) for place in places) < 0.1


def test_late_sound_is_as_late_as_in_the_playback_file(both: Both) -> None:
    _, copy, clip = both(late_sound)
    assert first_syllable(copy.path) == pytest.approx(first_syllable(playback(clip)), abs=0.03)
    assert first_syllable(copy.path) > 1.3


def first_syllable(file: Path) -> float:
    """Seconds until something can be heard."""
    heard = ["-map", "0:a", "-af", "aresample=8000:async=1:first_pts=0", "-ac", "1", "-f", "s16le", "-"]
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(file), *heard], check=True, capture_output=True).stdout
    samples = struct.unpack(f"<{len(raw) // 2}h", raw)
    loudest = max(map(abs, samples))
    return next(n for n, sample in enumerate(samples) if abs(sample) > loudest / 4) / 8000


@pytest.fixture(scope="module")
def ipad(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Output]:
    """Held upright, with place, date and device in it, a track of timed metadata, and HEVC that says who made it."""
    folder = tmp_path_factory.mktemp("ipad")
    film(folder / "ipad.mov", SIZE, 1, hevc(600), turned=90, sound=[], timed_metadata=True)
    copy = previewed(folder / "ipad.mov", folder / "made")
    assert copy is not None
    return folder / "ipad.mov", copy


def test_it_keeps_how_it_is_turned_and_nothing_else(ipad: tuple[Path, Output]) -> None:
    original, copy = ipad
    assert PLACE in json.dumps(describe(original))
    assert (copy.width, copy.height) == SIZE[::-1]
    found = describe(copy.path)
    picture, sound = found["streams"]
    assert [side["side_data_type"] for side in picture["side_data_list"]] == ["Display Matrix"]
    assert picture["side_data_list"][0]["rotation"] in (-90, 90)
    assert picture["side_data_list"] == describe(original)["streams"][0]["side_data_list"]
    assert (picture["codec_tag_string"], sound["codec_name"]) == ("hvc1", "aac")
    assert not found["chapters"]
    assert moov_comes_first(copy.path)


@pytest.mark.parametrize("source", [uneven_b_frames, passed_on, fast], ids=lambda source: source.__name__)
def test_nothing_says_where_when_or_with_what_it_was_filmed(
    ipad: tuple[Path, Output], both: Both, source: Callable[[Path], None]
) -> None:
    allowed = {"major_brand", "minor_version", "compatible_brands", "language", "vendor_id", "encoder"}
    for copy in (ipad[1], both(source)[1]):
        found = describe(copy.path)
        for part in (found["format"], *found["streams"]):
            assert set(part.get("tags", {})) <= allowed
            assert part.get("tags", {}).get("encoder", "HEVC") in ("H.264", "HEVC")
        held = copy.path.read_bytes()
        for trace in MADE_BY:
            assert trace not in held, trace


def test_the_messages_of_the_original_were_there_to_be_left_out(ipad: tuple[Path, Output], both: Both) -> None:
    assert b"x265" in ipad[0].read_bytes()
    assert b"x264" in both(fast)[0].read_bytes()
    _, moov = boxes.read_index(ipad[1].path)
    blanked = boxes.messages(moov)
    assert blanked, "the header of this copy still has its message, with nothing in it"
    for at, length in blanked:
        assert moov[at : at + length] == boxes.blank_message(length)


def test_the_picture_is_the_cameras_to_the_bit(ipad: tuple[Path, Output]) -> None:
    original, copy = ipad
    assert pictures_of(copy.path) == pictures_of(original)


def pictures_of(file: Path) -> list[str]:
    argv = ["ffmpeg", "-v", "error", "-i", str(file), "-map", "0:v:0", "-f", "framemd5", "-fflags", "+bitexact", "-"]
    rows = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.splitlines()
    return [row.rsplit(",")[-1].strip() for row in rows if not row.startswith("#")]


# --- the name of the codecs


def test_the_content_type_names_the_codecs(ipad: tuple[Path, Output], both: Both) -> None:
    assert re.fullmatch(r'video/mp4; codecs="hvc1\.1\.6\.L\d+(\.[0-9A-F]{1,2})+, mp4a\.40\.2"', ipad[1].content_type)
    assert re.fullmatch(r'video/mp4; codecs="avc1\.6400[0-9A-F]{2}, mp4a\.40\.2"', both(fast)[1].content_type)


def index_of(*tracks: bytes) -> bytes:
    """A `moov` of tracks of which nothing but the sample entry is known."""
    moov = b""
    for entry in tracks:
        stsd = box(b"stsd", struct.pack(">II", 0, 1) + entry)
        moov += box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", stsd))))
    return box(b"moov", box(b"mvhd", bytes(100)) + moov)


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def h264_track(profile: str) -> bytes:
    return box(b"avc1", bytes(78) + box(b"avcC", b"\x01" + bytes.fromhex(profile) + b"\xff\xe0"))


def hevc_track(profile: bytes) -> bytes:
    return box(b"hvc1", bytes(78) + box(b"pasp", bytes(8)) + box(b"hvcC", b"\x01" + profile + bytes(10) + b"\0"))


def aac_track(kind: bytes) -> bytes:
    specific = b"\x05" + bytes((len(kind),)) + kind
    decoder = b"\x04\x80\x80\x80" + bytes((13 + len(specific),)) + b"\x40" + bytes(12) + specific
    return box(b"mp4a", bytes(28) + box(b"esds", bytes(4) + b"\x03" + bytes((3 + len(decoder),)) + bytes(3) + decoder))


@pytest.mark.parametrize(
    ("index", "named"),
    [
        (index_of(h264_track("640028"), aac_track(b"\x12\x10")), "avc1.640028, mp4a.40.2"),
        (index_of(h264_track("42c01f")), "avc1.42C01F"),
        (index_of(hevc_track(b"\x01\x60\0\0\0\xb0\0\0\0\0\0\x5d")), "hvc1.1.6.L93.B0"),
        (index_of(hevc_track(b"\x22\x20\0\0\0\x90\0\0\0\0\0\x99")), "hvc1.2.4.H153.90"),
        (index_of(hevc_track(b"\x44" + b"\xff" * 4 + b"\x90\x00\x01\0\0\0\x78")), "hvc1.A4.FFFFFFFF.L120.90.0.1"),
        (index_of(h264_track("4d4028"), aac_track(b"\xf9\x46\x40")), "avc1.4D4028, mp4a.40.42"),
    ],
)
def test_codecs_are_named_as_browsers_are_asked(index: bytes, named: str) -> None:
    assert boxes.codecs(index) == named
    assert len(f'video/mp4; codecs="{named}"') <= 80


def test_the_longest_name_fits_where_it_is_kept() -> None:
    longest = index_of(hevc_track(b"\xff" + b"\xff" * 10 + b"\xff"), aac_track(b"\xff\xff\xff"))
    assert len(f'video/mp4; codecs="{boxes.codecs(longest)}"') <= 80


@pytest.mark.parametrize("length", [3, 4, 5, 6, 254, 255, 256, 257, 258, 259, 260, 2300])
def test_a_blank_message_has_the_length_of_the_one_it_replaces(length: int) -> None:
    blank = boxes.blank_message(length)
    assert len(blank) == length
    assert b"\0\0" not in blank


# --- where there is none


def test_only_h264_and_hevc_as_cameras_write_them_are_copied(clip: Find, tmp_path: Path) -> None:
    for name in ("odd_853x479.webm", "long_gop_h264.mkv"):
        assert previewed(clip(name), tmp_path / name) is None
        assert list((tmp_path / name).iterdir()) == []


def test_there_is_none_where_an_edit_list_hides_frames(both: Both, tmp_path: Path) -> None:
    trimmed = tmp_path / "trimmed.mov"
    ffmpeg("-ss", "0.5", "-i", both(fast)[0], "-c", "copy", trimmed)
    assert probe(trimmed, Limits()).trimmed
    assert previewed(trimmed, tmp_path / "made") is None


def test_there_is_none_of_a_recording_whose_end_is_missing(clip: Find, tmp_path: Path) -> None:
    assert previewed(clip("truncated_faststart.mp4"), tmp_path / "made") is None


def test_there_is_none_where_the_picture_begins_later_than_the_sound(tmp_path: Path) -> None:
    film(tmp_path / "film.mov", SIZE, 1, h264(600), sound=[])
    late = ("-itsoffset", 0.3, "-i", tmp_path / "film.mov", "-i", tmp_path / "film.mov", "-map", "0:v", "-map", "1:a")
    ffmpeg(*late, "-c", "copy", tmp_path / "late.mov")
    assert probe(tmp_path / "late.mov", Limits()).begins == pytest.approx(0.3, abs=0.05)
    assert previewed(tmp_path / "late.mov", tmp_path / "made") is None


def test_sound_that_browsers_cannot_play_is_left_out(tmp_path: Path) -> None:
    film(tmp_path / "pcm.mov", SIZE, 1, h264(600), sound=["-c:a", "pcm_s16le"])
    copy = previewed(tmp_path / "pcm.mov", tmp_path / "made")
    assert copy is not None
    assert [stream["codec_type"] for stream in describe(copy.path)["streams"]] == ["video"]
    assert "mp4a" not in copy.content_type


def test_a_copy_that_cannot_be_made_fails_nobodys_clip(clip: Find, tmp_path: Path) -> None:
    source = clip("one_second.mov")
    facts = probe(source, Limits())
    assert preview(source, tmp_path, facts, Limits(memory=64 << 20, sandbox=False)) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "told", [["-metadata", "title=9B"], ["-metadata:s:v:0", "encoder=iPad"], ["-itsscale", "1.02"], ["-map", "0:v"]]
)
def test_a_copy_that_says_more_or_is_off_its_time_does_not_pass_the_checks(
    both: Both, tmp_path: Path, told: list[str]
) -> None:
    original, copy, _ = both(b_frames)
    planned = plan(probe(original, Limits()), Limits())
    check_preview(copy.path, planned, Limits(), has_sound=True)
    same, changed = tmp_path / "same.mp4", tmp_path / "changed.mp4"
    before, after = (told, []) if told[0] == "-itsscale" else ([], told)
    quiet = ["-c", "copy", "-movflags", "+faststart", "-fflags", "+bitexact", "-map_metadata:s", "-1"]
    quiet += ["-empty_hdlr_name", "1", "-metadata:s:v:0", "encoder=H.264", "-video_track_timescale", "1200000"]
    ffmpeg("-i", copy.path, *quiet, same)
    check_preview(same, planned, Limits(), has_sound=True)
    ffmpeg(*before, "-i", copy.path, *quiet, *after, changed)
    with pytest.raises(NotAsPlanned):
        check_preview(changed, planned, Limits(), has_sound=True)
