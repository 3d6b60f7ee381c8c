"""A span kept of a finished clip: exactly those frames, that sound, and nothing of the rest."""

import array
import functools
import json
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from tests.support.camera import PLACE, counter, ffmpeg, h264
from tests.support.counter import counters, describe, packets
from veo_workflow.media import Converted, Kind, Limits, Span, convert, plan, probe
from veo_workflow.media.rules import plan_span

Keep = Callable[[int, int], Converted]

SECONDS = 6
BEEP = (3.5, 4.0)  # seconds
AAC_FRAME = 1024 / 48000  # seconds
HERTZ = 48000
RATES = [Fraction(25), Fraction(30), Fraction(30000, 1001)]


@pytest.fixture(scope="module", params=RATES, ids=str)
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """Six seconds that carry their frame numbers, a place, and one beep; converted."""
    folder = tmp_path_factory.mktemp("whole")
    picture = f"testsrc2=s=160x120:r={request.param}:d={SECONDS}"
    beep = f"aevalsrc='0.2*sin(2*PI*1000*t)*between(t\\,{BEEP[0]}\\,{BEEP[1]})':s=44100:d={SECONDS}"
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", beep, "-vf", counter(120)]
    named = ["-metadata", f"com.apple.quicktime.location.ISO6709={PLACE}", "-movflags", "use_metadata_tags"]
    ffmpeg(*inputs, *h264(800), "-c:a", "aac", "-ac", 1, *named, folder / "lesson.mov")
    return convert(folder / "lesson.mov", folder, Limits())


def made(clip: Converted, kind: str) -> Path:
    return next(output.path for output in clip.outputs if output.kind == kind)


@pytest.fixture(scope="module")
def keep(clip: Converted, tmp_path_factory: pytest.TempPathFactory) -> Keep:
    """`keep(first, last)`: those frames of the clip, converted at most once."""

    @functools.cache
    def kept(first: int, last: int) -> Converted:
        span = Span(first, last, clip.frame_rate)
        return convert(made(clip, "playback"), tmp_path_factory.mktemp("kept"), Limits(), kept=span)

    return kept


@pytest.mark.parametrize(("first", "last"), [(0, 44), (1, 15), (83, 141), (99, -1)])
def test_frame_k_of_what_is_kept_is_frame_first_plus_k(clip: Converted, keep: Keep, first: int, last: int) -> None:
    last = last if last > 0 else clip.frames - 1
    kept = keep(first, last)
    before = counters(made(clip, "playback"))
    assert before == list(range(clip.frames)), "the film counts its own frames"
    for kind in ("playback", "small"):
        assert counters(made(kept, kind)) == before[first : last + 1]
    assert (kept.frames, kept.frame_rate) == (last - first + 1, clip.frame_rate)
    assert kept.duration_ms == round(kept.frames * 1000 / clip.frame_rate)
    assert (kept.width, kept.height, kept.note) == (clip.width, clip.height, None)


def test_the_sound_is_that_of_the_span_and_as_loud_as_it_was(clip: Converted, keep: Keep) -> None:
    first, last = 83, 141
    kept = keep(first, last)
    for kind in ("playback", "small"):
        whole, part = heard(made(clip, kind)), heard(made(kept, kind))
        begin = beginning(whole) - first / float(clip.frame_rate)
        assert abs(beginning(part) - begin) < AAC_FRAME
        assert loudest(part) == pytest.approx(loudest(whole), rel=0.1)
        assert abs(len(part) / HERTZ - float(kept.frames / clip.frame_rate)) < 2 * AAC_FRAME
    waveform = json.loads(made(kept, "waveform").read_text())
    seconds = waveform["samples_per_pixel"] / waveform["sample_rate"]
    loud = [n * seconds for n in range(waveform["length"]) if waveform["data"][2 * n + 1] > 8]
    assert loud[0] == pytest.approx(begin, abs=seconds + AAC_FRAME)


def test_a_sound_outside_the_span_is_gone(keep: Keep) -> None:
    assert loudest(heard(made(keep(0, 44), "playback"))) < 0.01


def test_what_is_kept_is_seekable_and_nameless_like_any_clip(clip: Converted, keep: Keep) -> None:
    kept = keep(83, 141)
    for kind in ("playback", "small"):
        found = packets(made(kept, kind))
        assert [round(start * kept.frame_rate, 1) for start, _ in found] == list(range(kept.frames))
        assert [n for n, (_, key) in enumerate(found) if key] == list(range(0, kept.frames, int(kept.frame_rate / 2)))
        assert PLACE not in json.dumps(describe(made(kept, kind)))
    assert {output.kind for output in kept.outputs} == {output.kind for output in clip.outputs}


def test_a_span_is_always_encoded_at_the_rate_it_has(clip: Converted) -> None:
    facts = probe(made(clip, "playback"), Limits())
    assert plan(facts, Limits()).kind is Kind.COPY, "the whole would be copied"
    planned = plan_span(facts, Span(10, 39, clip.frame_rate), Limits())
    assert (planned.kind, planned.frame_rate, planned.frames) == (Kind.TRANSCODE, clip.frame_rate, 30)


def test_a_clip_without_sound_is_kept_without_sound(tmp_path: Path) -> None:
    source, whole, part = tmp_path / "mute.mp4", tmp_path / "whole", tmp_path / "part"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x120:r=30:d=2", "-vf", counter(120), *h264(400), source)
    for folder in (whole, part):
        folder.mkdir()
    playback = made(convert(source, whole, Limits()), "playback")
    kept = convert(playback, part, Limits(), kept=Span(20, 49, Fraction(30)))
    assert not kept.has_sound
    assert counters(made(kept, "playback")) == list(range(20, 50))


def heard(file: Path) -> "array.array[int]":
    raw = ["-map", "0:a:0", "-ac", "1", "-ar", str(HERTZ), "-f", "s16le", "-"]
    argv = ["ffmpeg", "-v", "error", "-i", str(file), *raw]
    return array.array("h", subprocess.run(argv, check=True, capture_output=True).stdout)


def loudest(samples: "array.array[int]") -> float:
    return max(map(abs, samples)) / 32768


def beginning(samples: "array.array[int]") -> float:
    """When the beep begins, in seconds."""
    half = loudest(samples) / 2 * 32768
    return next(n for n, sample in enumerate(samples) if abs(sample) > half) / HERTZ
