"""Which clips stand beside each other, and how far a film is moved."""

import uuid

import pytest

from veo_workflow.clips.models import Purpose
from veo_workflow.reviews.comparing.rules import read_offset, sides

FIRST, SECOND, THIRD, FOURTH = (uuid.UUID(int=n) for n in range(1, 5))
BASELINE, PRACTICE, PROGRESS = Purpose.BASELINE, Purpose.PRACTICE, Purpose.PROGRESS


@pytest.mark.parametrize(
    ("filmed", "then", "now"),
    [
        ([BASELINE, PRACTICE, PROGRESS, PROGRESS], (FIRST,), (THIRD, FOURTH)),
        ([BASELINE, BASELINE, PROGRESS], (FIRST, SECOND), (THIRD,)),
        ([PROGRESS, BASELINE], (SECOND,), (FIRST,)),
        ([BASELINE, PRACTICE], (FIRST,), (SECOND,)),
        ([PRACTICE, PROGRESS], (FIRST,), (SECOND,)),
        ([PROGRESS, PROGRESS], (FIRST,), (SECOND,)),
        ([BASELINE, BASELINE], (FIRST,), (SECOND,)),
        ([PROGRESS], (FIRST,), ()),
        ([BASELINE], (FIRST,), ()),
        ([], (), ()),
    ],
)
def test_baseline_stands_beside_progress_or_else_the_earliest_beside_the_later(
    filmed: list[Purpose], then: tuple[uuid.UUID, ...], now: tuple[uuid.UUID, ...]
) -> None:
    found = sides(list(zip((FIRST, SECOND, THIRD, FOURTH), filmed, strict=False)))
    assert (found.then, found.now) == (then, now)


@pytest.mark.parametrize(
    ("asked", "offset"),
    [("", 0), ("x", 0), ("300", 300), ("-300", -300), ("349", 300), ("99999", 10_000), ("-99999", -10_000), ("1e3", 0)],
)
def test_an_offset_is_whole_tenths_and_not_too_far(asked: str, offset: int) -> None:
    assert read_offset(asked) == offset
