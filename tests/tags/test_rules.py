from fractions import Fraction
from itertools import pairwise

import pytest

from veo_workflow.errors import InvalidInput
from veo_workflow.tags.models import TagKind
from veo_workflow.tags.rules import (
    NOTE_LENGTH,
    Moment,
    extended,
    extends,
    frame_at,
    kept,
    middle_of_frame,
    moment_around,
    read_tag,
    snap,
    snapped,
)

RATES = [Fraction(24), Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(15)]
LONGEST_SECONDS = 1260

every_rate = pytest.mark.parametrize("rate", RATES, ids=str)


def frames_in(seconds: int, rate: Fraction) -> int:
    return int(seconds * rate)


@every_rate
def test_the_middle_of_every_frame_of_the_longest_clip_lies_in_that_frame(rate: Fraction) -> None:
    for frame in range(frames_in(LONGEST_SECONDS, rate)):
        assert frame_at(middle_of_frame(frame, rate), rate) == frame


@every_rate
def test_the_middle_is_within_half_a_millisecond_of_the_true_one(rate: Fraction) -> None:
    for frame in range(2000):
        assert abs(middle_of_frame(frame, rate) - (frame + Fraction(1, 2)) * 1000 / rate) <= Fraction(1, 2)


@every_rate
def test_every_millisecond_belongs_to_the_frame_that_is_on_screen_then(rate: Fraction) -> None:
    for ms in range(10_000):
        frame = frame_at(ms, rate)
        assert frame * 1000 / rate <= ms < (frame + 1) * 1000 / rate


def test_a_frame_begins_exactly_where_the_one_before_ends() -> None:
    assert [frame_at(ms, 24) for ms in (0, 41, 42, 83, 84)] == [0, 0, 1, 1, 2]
    assert [frame_at(ms, 25) for ms in (39, 40, 79, 80)] == [0, 1, 1, 2]
    assert [frame_at(ms, 15) for ms in (66, 67)] == [0, 1]
    # 1001 ms are exactly thirty frames, which a float gets wrong.
    assert [frame_at(ms, Fraction(30000, 1001)) for ms in (1000, 1001, 1_001_000)] == [29, 30, 30_000]


@every_rate
def test_snapping_twice_changes_nothing_and_neighbours_stay_apart(rate: Fraction) -> None:
    frames = frames_in(60, rate)
    middles = [middle_of_frame(frame, rate) for frame in range(frames)]
    assert all(before < after for before, after in pairwise(middles))
    assert [snap(ms, frame_rate=rate, frames=frames) for ms in middles] == middles


@every_rate
def test_a_time_outside_the_clip_becomes_its_first_or_last_frame(rate: Fraction) -> None:
    frames = frames_in(10, rate)
    assert snap(-5000, frame_rate=rate, frames=frames) == middle_of_frame(0, rate)
    assert snap(10_000_000, frame_rate=rate, frames=frames) == middle_of_frame(frames - 1, rate)
    assert snap(10**30, frame_rate=rate, frames=frames) == middle_of_frame(frames - 1, rate)


@every_rate
def test_a_press_reaches_back_by_its_lead_and_on_by_its_lag(rate: Fraction) -> None:
    frames = frames_in(60, rate)
    for frame in range(frames):
        moment = moment_around(middle_of_frame(frame, rate), 6000, 4000, frame_rate=rate, frames=frames)
        assert frame_at(moment.pressed_ms, rate) == frame
        assert frame_at(moment.start_ms, rate) == max(0, frame_at(moment.pressed_ms - 6000, rate))
        assert frame_at(moment.end_ms, rate) == min(frames - 1, frame_at(moment.pressed_ms + 4000, rate))


def test_a_press_at_either_end_stays_inside_the_clip() -> None:
    assert moment_around(0, 6000, 4000, frame_rate=30, frames=300) == Moment(17, 17, 4017)
    assert moment_around(9999, 6000, 4000, frame_rate=30, frames=300) == Moment(9983, 3983, 9983)


@every_rate
def test_a_second_press_inside_the_lag_extends_the_moment_and_keeps_where_it_began(rate: Fraction) -> None:
    frames = frames_in(60, rate)
    first = moment_around(20_000, 6000, 4000, frame_rate=rate, frames=frames)
    again = snap(22_500, frame_rate=rate, frames=frames)
    assert extends(first, again)
    longer = extended(first, again, 4000, frame_rate=rate, frames=frames)
    assert (longer.pressed_ms, longer.start_ms) == (first.pressed_ms, first.start_ms)
    assert longer.end_ms == snap(again + 4000, frame_rate=rate, frames=frames)


def test_a_press_before_the_moment_or_beyond_its_lag_is_one_of_its_own() -> None:
    moment = moment_around(20_000, 6000, 4000, frame_rate=30, frames=1800)
    assert extends(moment, moment.pressed_ms)
    assert extends(moment, moment.end_ms)
    assert not extends(moment, moment.pressed_ms - 1)
    assert not extends(moment, moment.end_ms + 1)


def test_extending_never_shortens_and_never_leaves_the_clip() -> None:
    stretched = Moment(20_017, 14_017, 50_017)
    assert extended(stretched, 21_017, 4000, frame_rate=30, frames=1800) == stretched
    assert extended(stretched, 59_017, 4000, frame_rate=30, frames=1800).end_ms == 59_983


def test_what_is_stored_lies_on_whole_frames_of_the_clip() -> None:
    assert snapped(Moment(5, -80, 99_999), frame_rate=30, frames=30) == Moment(17, 17, 983)


# --- what a trim leaves


@every_rate
def test_a_moment_inside_what_is_kept_keeps_its_frames(rate: Fraction) -> None:
    first, last = 77, 400
    for pressed in range(first, last + 1):
        start, end = max(first, pressed - 50), min(last, pressed + 33)
        moment = kept(Moment(*(middle_of_frame(n, rate) for n in (pressed, start, end))), first, last, frame_rate=rate)
        assert moment == Moment(*(middle_of_frame(n - first, rate) for n in (pressed, start, end)))


@every_rate
def test_a_moment_that_reaches_over_an_edge_ends_there(rate: Fraction) -> None:
    whole = Moment(*(middle_of_frame(n, rate) for n in (100, 20, 500)))
    moment = kept(whole, 90, 120, frame_rate=rate)
    assert moment == Moment(*(middle_of_frame(n, rate) for n in (10, 0, 30)))


@every_rate
def test_the_press_decides_whether_a_moment_stays(rate: Fraction) -> None:
    def pressed(frame: int) -> Moment:
        return Moment(*(middle_of_frame(n, rate) for n in (frame, frame - 60, frame + 60)))

    stays = {n for n in range(60, 200) if kept(pressed(n), 100, 150, frame_rate=rate)}
    assert stays == set(range(100, 151))


# --- what a request may say

GOOD = {"pressed_ms": 5017, "start_ms": 3017, "end_ms": 7017, "kind": "strength", "note": " Yes. ", "version": 2}


def test_a_tag_is_read_into_its_types() -> None:
    wanted = read_tag(GOOD | {"step": "0196f000-0000-7000-8000-000000000001", "author_id": "somebody else"})
    assert wanted.moment == Moment(5017, 3017, 7017)
    assert (wanted.kind, wanted.note, wanted.version) == (TagKind.STRENGTH, "Yes.", 2)
    assert str(wanted.step_id) == "0196f000-0000-7000-8000-000000000001"


def test_times_alone_are_enough() -> None:
    wanted = read_tag({"pressed_ms": 1, "start_ms": 0, "end_ms": 2})
    assert (wanted.kind, wanted.note, wanted.version, wanted.step_id) == (TagKind.NOTE, "", 0, None)
    assert wanted.edition == 0, "who names no edition speaks of the clip before any trim"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"start_ms": "3017"}, "times"),
        ({"start_ms": 3017.5}, "times"),
        ({"end_ms": None}, "times"),
        ({"pressed_ms": True}, "times"),
        ({"start_ms": 7018}, "times"),
        ({"version": "2"}, "times"),
        ({"edition": "0"}, "times"),
        ({"kind": "praise"}, "kind"),
        ({"kind": ["note"]}, "kind"),
        ({"note": 5}, "note"),
        ({"note": "x" * (NOTE_LENGTH + 1)}, "note"),
        ({"step": "the third"}, "step"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(wrong: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_tag(GOOD | wrong)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")


def test_a_character_that_no_database_takes_is_left_out() -> None:
    assert read_tag(GOOD | {"note": "Four\0 names"}).note == "Four names"
