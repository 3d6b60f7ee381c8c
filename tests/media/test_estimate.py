"""How long a clip will take: dots to work on, over the dots this machine gets through."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from tests.media.test_rules import LIMITS, facts, steady
from veo_workflow.media import Limits, measure_speed, plan, time_needed, work_needed
from veo_workflow.media.model import Colour, Probe

HD: dict[str, Any] = {"codec": "hevc", "coded_width": 1920, "coded_height": 1080, "width": 1920, "height": 1080}
UHD: dict[str, Any] = {"codec": "hevc", "coded_width": 3840, "coded_height": 2160, "width": 3840, "height": 2160}


def megapixels(probe: Probe) -> float:
    return work_needed(probe, plan(probe, LIMITS)) / 1e6


def test_decoding_counts_a_third_and_both_videos_are_encoded() -> None:
    decoded, playback, small = 1920 * 1080 * 300, 1920 * 1080 * 300, 854 * 480 * 300
    assert megapixels(facts(**HD)) == pytest.approx((0.35 * decoded + playback + small) / 1e6)


def test_where_the_picture_is_copied_only_the_small_one_is_encoded() -> None:
    assert megapixels(facts()) == pytest.approx((0.35 * 1280 * 720 * 300 + 854 * 480 * 300) / 1e6)


def test_tone_mapping_is_dear_and_so_is_a_source_with_many_dots() -> None:
    ordinary, bright, large = facts(**HD), facts(**HD, colour=Colour("arib-std-b67")), facts(**UHD)
    assert megapixels(bright) > 2 * megapixels(ordinary)
    assert megapixels(large) > 1.5 * megapixels(ordinary)


def test_twice_the_length_takes_twice_the_time_and_half_the_speed_too() -> None:
    short = facts(**HD)
    long = facts(steady(seconds=20), **HD)
    once = time_needed(short, plan(short, LIMITS), 50e6)
    assert time_needed(long, plan(long, LIMITS), 50e6) == pytest.approx(2 * once)
    assert time_needed(short, plan(short, LIMITS), 25e6) == pytest.approx(2 * once)


def test_every_frame_of_a_fast_camera_is_decoded() -> None:
    fast = replace(facts(**HD), frame_rate=Fraction(120))
    assert megapixels(fast) == pytest.approx(megapixels(facts(**HD)) + 0.35 * 1920 * 1080 * 900 / 1e6)


def test_this_machine_encodes_something_in_a_second() -> None:
    assert measure_speed(Limits()) > 100_000
