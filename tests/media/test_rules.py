"""What may become a clip, and what is done to it: decisions over plain values, no file touched."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from veo_workflow.media import Kind, Limits, Probe, Unusable, graphs, pictures, plan, rules
from veo_workflow.media.model import Colour, Header, Packets, Sound

LIMITS = Limits()
PATHS = Path("/in/original"), Path("/made")
WEBSAFE = Header(
    demuxer="mov",
    size=2_000_000,
    streams=2,
    pictures=1,
    video_index=0,
    codec="h264",
    profile="High",
    pixel_format="yuv420p",
    coded_width=1280,
    coded_height=720,
    width=1280,
    height=720,
    rotated=False,
    square_pixels=True,
    interlaced=False,
    colour=Colour("bt709", "bt709", "bt709"),
    rates=(Fraction(30),),
    promised=10.0,
    longest=10.0,
    origin=0.0,
    sounds=(Sound(1, "aac"),),
)


def steady(rate: float = 30, seconds: float = 10, every: int = 30) -> Packets:
    shown = tuple(n / rate for n in range(round(rate * seconds)))
    return Packets(shown=shown, keyframes=shown[::every], end=seconds, last=seconds, trimmed=False)


def facts(packets: Packets | None = None, **changed: Any) -> Probe:
    return rules.accept(replace(WEBSAFE, **changed), packets or steady(), LIMITS)


def refusal(**changed: Any) -> Unusable:
    with pytest.raises(Unusable) as refused:
        rules.check_header(replace(WEBSAFE, **changed), LIMITS)
    return refused.value


def test_a_clip_that_every_browser_plays_is_passed_on() -> None:
    chosen = plan(facts(), LIMITS)
    assert (chosen.kind, chosen.playback, chosen.small) == (Kind.COPY, (1280, 720), (854, 480))


@pytest.mark.parametrize(
    "changed",
    [
        {"codec": "hevc"},
        {"pixel_format": "yuv420p10le"},
        {"profile": "High 10"},
        {"rotated": True},
        {"interlaced": True},
        {"square_pixels": False},
        {"sounds": (Sound(1, "ac3"),)},
        {"size": 20_000_000},
        {"width": 2560, "height": 1440},
        {"demuxer": "mpegts"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_anything_a_browser_might_stumble_over_is_encoded_anew(changed: dict[str, Any]) -> None:
    assert plan(facts(**changed), LIMITS).kind is Kind.TRANSCODE


def test_so_is_a_clip_with_keyframes_far_apart_or_an_edit_list_or_uneven_frames() -> None:
    uneven = replace(steady(), shown=tuple(n / 30 + (n % 7) * 0.002 for n in range(300)))
    for packets in (steady(every=60), replace(steady(), trimmed=True), uneven, steady(rate=50)):
        assert plan(facts(packets), LIMITS).kind is Kind.TRANSCODE


@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
def test_hdr_is_tone_mapped_after_it_was_scaled(transfer: str) -> None:
    chosen = plan(facts(codec="hevc", width=3840, height=2160, colour=Colour(transfer)), LIMITS)
    graph = " ".join(graphs.convert(chosen, *PATHS, None, 0.0))
    assert chosen.kind is Kind.HDR
    assert graph.index("scale=1920:1080") < graph.index("tonemap")


@pytest.mark.parametrize(
    ("rate", "target"),
    [("24000/1001", 24), ("25", 25), ("50", 25), ("30000/1001", 30), ("60", 30), ("120", 30), ("240", 30), ("15", 30)],
)
def test_the_constant_rate_keeps_the_rhythm_of_the_camera(rate: str, target: int) -> None:
    assert rules.target_rate(Fraction(rate)) == target


def test_an_uneven_camera_is_taken_at_the_rate_it_meant() -> None:
    shown = tuple(n / 30 + (n * 7 % 5 - 2) / 600 for n in range(300) if n % 97 != 50)
    assert rules.frame_rate(shown, (Fraction(30), Fraction(59, 2))) == (Fraction(30), False)


def test_a_television_rate_stays_what_it_is() -> None:
    rate = Fraction(30000, 1001)
    assert rules.frame_rate(steady(float(rate)).shown, (rate,)) == (rate, True)


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((1920, 1080), (1920, 1080)),
        ((3840, 2160), (1920, 1080)),
        ((2160, 3840), (1080, 1920)),
        ((853, 479), (852, 478)),
    ],
)
def test_the_picture_is_scaled_down_never_up_to_even_sides(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    assert rules.fit(size, 1080) == fitted


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"streams": 61}, "unsupported"),
        ({"pictures": 0}, "no_video_track"),
        ({"pictures": 2}, "unsupported"),
        ({"codec": "gif"}, "unsupported"),
        ({"coded_width": 16384, "coded_height": 8192}, "too_big"),
        ({"coded_width": 0}, "damaged"),
        ({"coded_width": 32}, "unsupported"),
        ({"longest": 360000.0}, "too_long"),
    ],
)
def test_what_the_container_alone_rules_out(changed: dict[str, Any], code: str) -> None:
    assert refusal(**changed).code == code


@pytest.mark.parametrize(
    ("packets", "code"),
    [
        (Packets((), (), 0.0, 10.0, trimmed=False), "damaged"),
        (steady(seconds=0.07), "too_short"),
        (steady(rate=1000, seconds=1), "unsupported"),
        (replace(steady(), last=5000.0), "too_long"),
        (replace(steady(), shown=(0.0, 0.1, 12.0), end=12.1), "damaged"),
    ],
)
def test_what_its_packets_rule_out(packets: Packets, code: str) -> None:
    with pytest.raises(Unusable) as refused:
        facts(packets)
    assert refused.value.code == code


def test_every_refusal_is_a_plain_sentence_with_something_to_do() -> None:
    refusals = [rules.empty(), rules.not_video(), rules.incomplete(), rules.damaged(), refusal(longest=1e6)]
    for refused in refusals:
        assert refused.status == 422
        assert not refused.retryable
        assert refused.message.count(". ") >= 1
        assert not {"codec", "ffmpeg", "stream", "container"} & set(refused.message.lower().split())


def test_a_file_shorter_than_it_says_is_damaged_but_not_by_a_trifle() -> None:
    assert facts(steady(seconds=6)).damaged
    assert not facts(steady(seconds=9.5)).damaged


def test_the_original_is_opened_with_one_demuxer_and_local_files_alone() -> None:
    argv = graphs.convert(plan(facts(), LIMITS), *PATHS, Sound(1, "aac"), 12.0)
    before = argv[: argv.index("-i")]
    for option, value in (("-f", "mov"), ("-protocol_whitelist", "file"), ("-format_whitelist", "mov")):
        assert before[before.index(option) + 1] == value
    assert "-max_pixels" in before


def test_one_process_decodes_once_for_every_output() -> None:
    argv = graphs.convert(plan(facts(codec="hevc"), LIMITS), *PATHS, Sound(1, "aac"), 12.0)
    assert argv.count("-i") == 1
    assert argv.count("-t") == 3
    assert {word for word in argv if word.startswith("/made/")} == {
        "/made/playback.mp4",
        "/made/small.mp4",
        "/made/samples.s8",
    }


def test_a_long_lesson_has_a_hundred_tiles_and_a_short_one_a_tile_a_second() -> None:
    assert pictures.lay_out((854, 480), 30 * 1200, Fraction(30)).tiles == 100
    short = pictures.lay_out((854, 480), 60, Fraction(30))
    assert (short.tiles, short.grid, short.step) == (2, (2, 1), 1)
