"""Which of two people's marks speak of the same thing.

Two marks are of one moment when they name the same step and were pressed within a tolerance of each other; each mark
has one partner at most.  A tolerance around the event instead of fixed intervals, because two people who press for one
event never press at once, and an interval's edge would tear them apart: MacLean, Tapp and Johnson (1985), Alternate
methods and software for calculating interobserver agreement for continuous observation data.  One to one, found by
alignment and not greedily, because the nearest neighbour that is taken first may be the only partner of another mark:
Bakeman, Quera and Gnisci (2009), Observer agreement for timed-event sequential data, Behavior Research Methods 41.

Presses are compared, not spans: a span's ends are moved by hand, and its lead is the step's and not the person's.
No kappa: it corrects for chance where a guess is possible, and it grades observers.  This is to begin a conversation.
"""

import enum
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

TOLERANCES_MS = (2_000, 5_000, 10_000, 30_000)
TOLERANCE_MS = 5_000


class Whose(enum.StrEnum):
    BOTH = "both"
    COACH = "coach"
    COACHEE = "coachee"


@dataclass(frozen=True)
class Mark:
    """One tag, as much of it as matters here; `pressed_ms` is on the clip's playback rendition."""

    id: uuid.UUID
    step_id: uuid.UUID | None
    pressed_ms: int


@dataclass(frozen=True)
class Line:
    """One moment: the coach's mark of it, the coachee's, or both."""

    coach: Mark | None
    coachee: Mark | None

    @property
    def whose(self) -> Whose:
        if self.coach and self.coachee:
            return Whose.BOTH
        return Whose.COACH if self.coach else Whose.COACHEE

    @property
    def at_ms(self) -> int:
        """When the first of them pressed."""
        return min(mark.pressed_ms for mark in (self.coach, self.coachee) if mark)


@dataclass(frozen=True)
class Count:
    """How many moments both have marked, and how many only one of them."""

    both: int
    coach: int
    coachee: int

    @property
    def total(self) -> int:
        return self.both + self.coach + self.coachee

    @property
    def per_cent(self) -> int | None:
        """Of all moments those that both have marked; None where there is none."""
        return round(100 * self.both / self.total) if self.total else None


def read_tolerance(asked: str) -> int:
    """One of `TOLERANCES_MS` from seconds in an address; the usual one for anything else."""
    return next((ms for ms in TOLERANCES_MS if asked == str(ms // 1000)), TOLERANCE_MS)


def read_whose(asked: str) -> Whose | None:
    return Whose(asked) if asked in set(Whose) else None


def count(lines: Iterable[Line]) -> Count:
    found = [line.whose for line in lines]
    return Count(*(found.count(whose) for whose in Whose))


def agreement(coach: Iterable[Mark], coachee: Iterable[Mark], tolerance_ms: int) -> list[Line]:
    """Every mark in exactly one line, in lesson order.

    As many pairs as possible, and of those the pairing with the least time between partners in all.  Where two are
    equally good the earlier marks are paired.  The same marks give the same lines in whatever order they come.
    """
    by_step: defaultdict[uuid.UUID | None, tuple[list[Mark], list[Mark]]] = defaultdict(lambda: ([], []))
    for side, marks in enumerate((coach, coachee)):
        for mark in sorted(marks, key=_in_order):
            by_step[mark.step_id][side].append(mark)
    lines = [
        line
        for theirs, hers in by_step.values()
        for near, close in _neighbourhoods(theirs, hers, tolerance_ms)
        for line in _aligned(near, close, tolerance_ms)
    ]
    return sorted(lines, key=lambda line: (line.at_ms, *sorted(str(m.id) for m in (line.coach, line.coachee) if m)))


def _in_order(mark: Mark) -> tuple[int, str]:
    return mark.pressed_ms, str(mark.id)


def _neighbourhoods(
    coach: Sequence[Mark], coachee: Sequence[Mark], tolerance_ms: int
) -> Iterator[tuple[list[Mark], list[Mark]]]:
    """Runs of marks with gaps no wider than the tolerance: no pair reaches from one into another."""
    both = sorted([(_in_order(mark), side, mark) for side, marks in enumerate((coach, coachee)) for mark in marks])
    run: tuple[list[Mark], list[Mark]] = ([], [])
    last = None
    for (pressed_ms, _), side, mark in both:
        if last is not None and pressed_ms - last > tolerance_ms:
            yield run
            run = ([], [])
        run[side].append(mark)
        last = pressed_ms
    if last is not None:
        yield run


def _aligned(coach: Sequence[Mark], coachee: Sequence[Mark], tolerance_ms: int) -> list[Line]:
    """The best lines of one run, by dynamic programming over its two sorted sides.

    That is enough: of two pairs that cross, the same four marks paired straight are no further apart in all, and none
    of them further than the tolerance.
    """
    best = _scores(coach, coachee, tolerance_ms)
    lines = []
    i, j = 0, 0
    while i < len(coach) and j < len(coachee):
        one, other = coach[i], coachee[j]
        worth = _worth(one, other, tolerance_ms)
        if worth and best[i][j] == worth + best[i + 1][j + 1]:
            lines.append(Line(one, other))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            lines.append(Line(one, None))
            i += 1
        else:
            lines.append(Line(None, other))
            j += 1
    return lines + [Line(mark, None) for mark in coach[i:]] + [Line(None, mark) for mark in coachee[j:]]


def _scores(coach: Sequence[Mark], coachee: Sequence[Mark], tolerance_ms: int) -> list[list[int]]:
    """`[i][j]`: the best that can be made of the marks from i and from j on."""
    best = [[0] * (len(coachee) + 1) for _ in range(len(coach) + 1)]
    for i in reversed(range(len(coach))):
        for j in reversed(range(len(coachee))):
            worth = _worth(coach[i], coachee[j], tolerance_ms)
            apart = max(best[i + 1][j], best[i][j + 1])
            best[i][j] = max(apart, worth + best[i + 1][j + 1]) if worth else apart
    return best


# More than all distances of a clip's pairs together: one pair more always counts more than any that are closer.
_A_PAIR = 10**9


def _worth(one: Mark, other: Mark, tolerance_ms: int) -> int:
    """What it counts to pair these two; 0 where they are too far apart."""
    apart = abs(one.pressed_ms - other.pressed_ms)
    return _A_PAIR - apart if apart <= tolerance_ms else 0
