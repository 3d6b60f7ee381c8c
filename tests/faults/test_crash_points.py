"""A process is killed before and after every side effect: nothing is lost, nothing comes back, nothing is left over."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.faults.crashing import (
    School,
    archives_under_way,
    bells,
    bytes_left,
    contradictions,
    files_kept,
    files_spoken_of,
    mark,
    published_sets,
    restart,
    run_into,
    state_of,
    tagged,
    waits_to_be_processed,
    work,
)
from tests.faults.roads import ABSENT, READY, ROADS, WITHDRAWN, withdraw
from tests.support.outcomes import NAME
from veo_workflow.crashing import Point

pytestmark = pytest.mark.timeout(300)  # the first test waits for PostgreSQL and a store to start

Record = Callable[[str, object], None]

FIVE_DAYS = timedelta(days=5)
# Points that belong to no road, and roads on which those of another are passed too.
COMMITS = [
    (point, road)
    for point in (Point.COMMITTED, Point.RUNG)
    for road in ("complete", "file, whole", "trim-asked", "taken up")
]
ELSEWHERE = [
    (Point.BEGIN_OPENED, "begin, left alone"),
    (Point.BEGIN_RESERVED, "begin, left alone"),
    (Point.OBJECT_WRITTEN, "complete"),
    (Point.COMPLETE_ENDED, "forget"),
    (Point.FORGET_DUE, "expire"),
    (Point.FORGET_ABORTED, "expire"),
    (Point.CLAIMED, "trim"),
    (Point.CONVERTED, "trim"),
    (Point.RENDITION_PUT, "trim"),
    (Point.PUBLISHED, "trim"),
    (Point.PREVIEW_FORGOTTEN, "quarantine"),
]
TIMES = [
    (f"{Point.RENDITION_PUT}:3", "process"),
    (f"{Point.RENDITION_PUT}:5", "process"),
    (f"{Point.EARLIER_FORGOTTEN}:4", "trim"),
    (f"{Point.ERASE_DELETED}:3", "erase"),
    (f"{Point.UPLOAD_SWEPT}:2", "sweep"),
    (f"{Point.ATTEMPT_SWEPT}:2", "sweep"),
    (f"{Point.ATTEMPT_SWEPT}:3", "sweep"),
    (f"{Point.SCRATCH_PURGED}:2", "sweep"),
    (f"{Point.ARCHIVE_SWEPT}:2", "archive-swept"),
]
ON_ITS_ROAD = [(point, road) for point in Point if (road := point.partition("/")[0]) in ROADS]
ONCE = [(str(point), road) for point, road in [*ON_ITS_ROAD, *COMMITS, *ELSEWHERE]]
CRASHES = ONCE + TIMES

CONVERTING = {"process", "trim", "trim-asked", "surprise", "piece", "taken up"}
ARRIVING = {"part", "incomplete", "complete", "file", "file, whole"}
PIPELINE = [(at, road) for at, road in ONCE if road in ARRIVING | CONVERTING]
IN_PRODUCTION = [(at, road) for at, road in ONCE if road == "process" and at != Point.OBJECT_WRITTEN]


def each(crashes: list[tuple[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("at", "road"), crashes, ids=[f"{road}: {at}" for at, road in crashes])


def test_every_point_is_on_a_road() -> None:
    """A point whose name begins with no road of `ROADS` would be run into by nobody."""
    assert {at.partition(":")[0] for at, _ in CRASHES} == set(Point)


def survive(school: School, at: str, road: str) -> str:
    """Die, restart, lose Redis, restart again, work: the state in which the clip ends, once nothing contradicts."""
    services, case = run_into(school, at, road)
    kept = mark(services, case)
    ago = FIVE_DAYS if ROADS[road].ends == (ABSENT,) else timedelta(minutes=10)
    restart(services, ago)
    ROADS[road].resume(services, case)
    for redis_as_it_was in (True, False):
        if not redis_as_it_was:
            services.redis.flushall()
            restart(services, ago)
        if waits_to_be_processed(services):
            assert bells(services), "a clip waits, and nobody was called"
    work(services, case)
    restart(services, ago)
    assert contradictions(services) == []
    assert archives_under_way(services) == 0
    assert files_kept(services) == files_spoken_of(services)
    if state_of(services, case) == READY:
        assert tagged(services) == kept
        assert len(published_sets(services)) == 1
    return state_of(services, case)


@each(CRASHES)
def test_after_a_kill_nothing_is_lost_and_nothing_left_over(
    at: str, road: str, school: School, record_property: Record
) -> None:
    with said(record_property, f"{road}: {at}") as outcome:
        outcome.append(survive(school, at, road))
    assert outcome[-1] in ROADS[road].ends


@each(PIPELINE)
def test_a_clip_withdrawn_where_a_worker_died_does_not_come_back(
    at: str, road: str, school: School, record_property: Record
) -> None:
    with said(record_property, f"{road}: {at}, then withdrawn") as outcome:
        outcome.append(vanish(school, at, road))
    assert outcome[-1] == WITHDRAWN


def vanish(school: School, at: str, road: str) -> str:
    """Die, withdraw, restart, let whoever hears a bell work: not a byte, a word or a moment is left."""
    services, case = run_into(school, at, road)
    mark(services, case)
    withdraw(services, case)
    for _ in range(2):
        restart(services)
        work(services, case)
    assert contradictions(services) == []
    assert (bytes_left(services), tagged(services), published_sets(services)) == ([], set(), set())
    return state_of(services, case)


@each(IN_PRODUCTION)
def test_with_postgresql_and_an_object_store_it_is_the_same(
    at: str, road: str, production: School, record_property: Record
) -> None:
    with said(record_property, f"{road}: {at}, on PostgreSQL and an object store") as outcome:
        outcome.append(survive(production, at, road))
    assert outcome[-1] in ROADS[road].ends


@contextlib.contextmanager
def said(record_property: Record, crash: str) -> Iterator[list[str]]:
    """Have the run list what became of this crash: the last that the block has added."""
    outcome = ["did not come back"]
    try:
        yield outcome
    finally:
        record_property(NAME, f"{crash}: {outcome[-1]}")
