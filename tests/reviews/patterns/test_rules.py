"""What is counted and how it is said."""

import uuid

import pytest

from veo_workflow.clips.models import Purpose
from veo_workflow.database import now
from veo_workflow.reviews.patterns.rules import Figure, Film, Mark, covered, figure, looked_at, scale

ASHA, PRIYA, STEP = (uuid.UUID(int=n) for n in range(1, 4))


def film(number: int, minutes: int = 10) -> Film:
    return Film(uuid.UUID(int=100 + number), f"Clip {number}", now(), Purpose.PROGRESS, minutes * 60_000)


def mark(where: Film, start: int, end: int, *, by: uuid.UUID = ASHA, step: uuid.UUID | None = STEP) -> Mark:
    return Mark(where.id, step, by, start * 1000, end * 1000)


@pytest.mark.parametrize(
    ("spans", "ms"),
    [([], 0), ([(0, 5)], 5), ([(0, 5), (3, 8)], 8), ([(6, 8), (0, 5)], 7), ([(0, 9), (2, 3)], 9), ([(4, 4)], 0)],
)
def test_time_that_lies_in_two_spans_counts_once(spans: list[tuple[int, int]], ms: int) -> None:
    assert covered(spans) == ms


def test_a_figure_says_in_how_much_film_it_was_counted() -> None:
    first, second = film(1, minutes=5), film(2, minutes=15)
    marks = [mark(first, 0, 60), mark(first, 30, 90, by=PRIYA), mark(second, 0, 60), mark(second, 0, 9, step=None)]
    found = figure([first, second], marks, STEP)
    assert found == Figure(moments=3, state_ms=150_000, length_ms=1_200_000)
    assert found.every_ten_minutes == 1.5
    assert found.said_with_pace == "3 in 20:00, 1.5 every ten minutes"
    assert found.said_as_state == "12 % (2:30 of 20:00)"


def test_there_is_no_figure_without_film_and_no_time_beyond_its_end() -> None:
    one = film(1, minutes=1)
    assert figure([], [], STEP) is None
    found = figure([one], [mark(one, 0, 90)], STEP)
    assert found
    assert found.per_cent == 100


def test_a_clip_that_nobody_marked_is_not_counted_as_one_without_moments() -> None:
    marked, empty = film(1), film(2)
    assert looked_at([marked, empty], [mark(marked, 0, 1)]) == [marked]


@pytest.mark.parametrize(
    ("largest", "per_cent", "ends"), [(0, False, 2), (21.3, False, 22), (4, False, 4), (0, True, 10), (41, True, 50)]
)
def test_a_scale_ends_on_a_whole_number_with_a_whole_middle(largest: float, per_cent: bool, ends: int) -> None:
    assert scale(largest, per_cent=per_cent) == ends
