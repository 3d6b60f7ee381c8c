"""What may be kept of a clip, and how what goes is said."""

from fractions import Fraction

import pytest

from veo_workflow.database import new_id
from veo_workflow.errors import InvalidInput
from veo_workflow.removal.rules import Going, Trim, check_span, going, read_trim, shortest, warning
from veo_workflow.tags.rules import Moment, kept, middle_of_frame

RATES = [Fraction(25), Fraction(30), Fraction(30000, 1001)]
FIFTEEN_MINUTES = 15 * 60 * 30


@pytest.mark.parametrize(
    ("going", "sentence"),
    [
        (Going(0, 0, 0), "12:40 of 15:00 goes for good."),
        (Going(0, 1, 0), "12:40 of 15:00 goes for good; its one moment stays."),
        (Going(0, 8, 0), "12:40 of 15:00 goes for good; all its 8 moments stay."),
        (Going(3, 8, 2), "12:40 of 15:00 goes for good, and with it 3 of 8 moments (2 of them Priya’s)."),
        (Going(3, 8, 3), "12:40 of 15:00 goes for good, and with it 3 of 8 moments (all of them Priya’s)."),
        (Going(1, 1, 1), "12:40 of 15:00 goes for good, and with it 1 of 1 moment (Priya’s)."),
        (Going(2, 2, 0), "12:40 of 15:00 goes for good, and with it 2 of 2 moments."),
        (
            Going(3, 8, 0, (12_050,)),
            "12:40 of 15:00 goes for good, and with it 3 of 8 moments, and what your review says of the one at 0:12.",
        ),
        (
            Going(3, 8, 2, (12_050, 65_017)),
            "12:40 of 15:00 goes for good, and with it 3 of 8 moments (2 of them Priya’s), "
            "and what your review says of the ones at 0:12 and 1:05.",
        ),
        (
            Going(9, 9, 0, tuple(range(0, 9000, 1000))),
            "12:40 of 15:00 goes for good, and with it 9 of 9 moments, "
            "and what your review says of the ones at 0:00, 0:01, 0:02, 0:03, 0:04, 0:05 and 3 more.",
        ),
    ],
)
def test_the_warning_counts_what_goes(going: Going, sentence: str) -> None:
    said = warning(going, 0, 140 * 30 - 1, frames=FIFTEEN_MINUTES, frame_rate=Fraction(30), other="Priya")
    assert said == sentence


def test_a_few_frames_are_less_than_a_second() -> None:
    said = warning(Going(0, 0, 0), 5, 1799, frames=1800, frame_rate=Fraction(30), other="Priya")
    assert said == "Less than a second of 1:00 goes for good."


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_what_is_counted_as_going_is_what_goes(rate: Fraction) -> None:
    owner, coach = new_id(), new_id()
    moments = [Moment(*[middle_of_frame(n, rate)] * 3) for n in range(600)]
    presses = [(moment.pressed_ms, owner if n % 3 else coach) for n, moment in enumerate(moments)]
    gone = [n for n, moment in enumerate(moments) if kept(moment, 100, 400, frame_rate=rate) is None]
    written = [(moment.pressed_ms, moment.start_ms) for moment in moments[::50]]
    found = going(presses, written, 100, 400, frame_rate=rate, owner=owner)
    words = tuple(moments[n].start_ms for n in gone if not n % 50)
    assert found == Going(len(gone), 600, sum(not n % 3 for n in gone), words)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (0, 1799, "All of the clip would stay"),
        (10, 23, "at least half a second"),
        (-1, 100, "not within the clip"),
        (0, 1800, "not within the clip"),
        (100, 99, "not within the clip"),
    ],
)
def test_a_span_that_cannot_be_kept_is_refused_with_a_sentence(first: int, last: int, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        check_span(first, last, frames=1800, frame_rate=Fraction(30))


def test_half_a_second_can_be_kept_and_all_but_one_frame_too() -> None:
    assert [shortest(rate) for rate in RATES] == [13, 15, 15]
    check_span(10, 24, frames=1800, frame_rate=Fraction(30))
    check_span(1, 1799, frames=1800, frame_rate=Fraction(30))


def test_a_form_is_read_into_frames_and_nonsense_is_refused() -> None:
    sent = {"first": "10", "last": "99", "edition": "1", "told": "2"}
    assert read_trim(sent) == Trim(10, 99, 1, 2)
    assert read_trim(sent | {"words": "1"}) == Trim(10, 99, 1, 2, 1)
    for wrong in ({"first": "ten"}, {"last": ""}, {"edition": "1.5"}):
        with pytest.raises(InvalidInput, match="Choose where the clip starts"):
            read_trim(sent | wrong)
    with pytest.raises(InvalidInput):
        read_trim({"first": "10"})
