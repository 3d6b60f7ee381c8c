"""Whose marks speak of the same moment: on plain values, and against every pairing there is."""

import itertools
import random
import time
import uuid
from collections.abc import Sequence

import pytest

from veo_workflow.tags.agreement.rules import Count, Mark, Whose, agreement, count, read_tolerance

STEP, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
BOTH, COACH, COACHEE = Whose
_ids = itertools.count(100)


def marks(*seconds: float, step: uuid.UUID | None = STEP) -> list[Mark]:
    return [Mark(uuid.UUID(int=next(_ids)), step, round(second * 1000)) for second in seconds]


def pairs(coach: Sequence[Mark], coachee: Sequence[Mark], within: float = 5) -> list[tuple[float, float]]:
    """The moments both have marked, in seconds."""
    lines = agreement(coach, coachee, round(within * 1000))
    return [
        (line.coach.pressed_ms / 1000, line.coachee.pressed_ms / 1000) for line in lines if line.coach and line.coachee
    ]


@pytest.mark.parametrize(
    ("coach", "coachee", "paired"),
    [
        ([10], [15], [(10, 15)]),  # just within
        ([10], [15.001], []),  # just not
        ([10, 14], [6, 11], [(10, 6), (14, 11)]),  # the nearest two first would leave two alone
        ([10], [8, 12], [(10, 8)]),  # equally near: the earlier
        ([8, 12], [10], [(8, 10)]),
        ([10, 20], [21], [(20, 21)]),
        ([10, 11, 12], [11], [(11, 11)]),
        ([], [10], []),
    ],
)
def test_marks_are_paired_one_to_one_and_as_well_as_can_be(
    coach: list[float], coachee: list[float], paired: list[tuple[float, float]]
) -> None:
    assert pairs(marks(*coach), marks(*coachee)) == paired


def test_only_marks_of_the_same_step_are_of_one_moment() -> None:
    assert pairs(marks(10), marks(10, step=OTHER)) == []
    assert pairs(marks(10, step=None), marks(11, step=None)) == [(10, 11)]


def test_no_pairing_is_better_and_the_order_they_come_in_does_not_matter() -> None:
    chance = random.Random(4)
    for _ in range(150):
        coach, coachee = (marks(*(chance.randrange(0, 40) for _ in range(chance.randrange(6)))) for _ in "ab")
        found = agreement(coach, coachee, 5000)
        made = [(a.pressed_ms, b.pressed_ms) for line in found if (a := line.coach) and (b := line.coachee)]
        assert (len(made), -sum(abs(a - b) for a, b in made)) == best_there_is(coach, coachee, 5000)
        told = [mark.id for line in found for mark in (line.coach, line.coachee) if mark]
        assert sorted(told) == sorted(mark.id for mark in coach + coachee)
        chance.shuffle(coach)
        chance.shuffle(coachee)
        assert agreement(coach, coachee, 5000) == found


def best_there_is(coach: Sequence[Mark], coachee: Sequence[Mark], tolerance_ms: int) -> tuple[int, int]:
    """(pairs, less the time between partners in all) of the best of all pairings, by trying each."""
    fewer, more = sorted((coach, coachee), key=len)
    tried = [(0, 0)]
    for partners in itertools.permutations(more, len(fewer)):
        apart = [abs(a.pressed_ms - b.pressed_ms) for a, b in zip(fewer, partners, strict=True)]
        near = [ms for ms in apart if ms <= tolerance_ms]
        tried.append((len(near), -sum(near)))
    return max(tried)


def test_lines_come_in_lesson_order_and_are_counted() -> None:
    lines = agreement(marks(10, 50), marks(12, 30), 5000)
    assert [line.whose for line in lines] == [BOTH, COACHEE, COACH]
    assert count(lines) == Count(both=1, coach=1, coachee=1)
    assert count(lines).per_cent == 33
    assert count([]).per_cent is None


def test_a_tolerance_is_one_of_those_offered() -> None:
    assert [read_tolerance(asked) for asked in ("2", "30", "", "7", "x")] == [2000, 30_000, 5000, 5000, 5000]


def test_many_marks_at_once_are_no_burden() -> None:
    began = time.process_time()
    coach, coachee = marks(*(n * 0.4 for n in range(250))), marks(*(n * 0.4 + 0.2 for n in range(250)))
    assert len(pairs(coach, coachee, within=30)) == 250
    assert time.process_time() - began < 20
