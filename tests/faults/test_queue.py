"""A queue that forgets, repeats itself or speaks of yesterday: the rows are the truth, and each clip is made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import text

from tests.support.backroom import Backroom, backroom, film, wait_for
from tests.support.redis import PrivateRedis
from veo_workflow.clips import rules
from veo_workflow.clips.models import ClipState, JobState
from veo_workflow.queue import QUEUE


@pytest.fixture
def redis() -> Iterator[PrivateRedis]:
    started = PrivateRedis()
    yield started
    started.end()


@pytest.fixture
def room(tmp_path: Path, redis: PrivateRedis) -> Iterator[Backroom]:
    with backroom(tmp_path, redis_url=redis.url) as opened:
        yield opened


@pytest.mark.parametrize("how", ["flushed", "restarted"])
def test_a_redis_that_loses_everything_loses_no_work(
    room: Backroom, redis: PrivateRedis, tmp_path: Path, how: str
) -> None:
    room.slow()
    under_way, waiting = (room.send(film(tmp_path / f"{n}.mp4", n)) for n in (8, 2))
    room.worker()
    wait_for(lambda: room.encoders() and ClipState.PROCESSING in {room.clip(under_way).state, room.clip(waiting).state})
    if how == "flushed":
        room.services.redis.flushall()
    else:
        redis.kill()
        redis.start()
    room.quick()
    with room.upkeep():
        room.wait_until_ready(under_way, waiting)
    for clip_id in (under_way, waiting):
        room.check_published(clip_id)
    room.check_nothing_contradicts()


def test_one_bell_rung_twenty_times_for_two_workers_has_one_effect(room: Backroom, tmp_path: Path) -> None:
    first, second = (room.send(film(tmp_path / f"{n}.mp4", 1, seed=n)) for n in (1, 2))
    for _ in range(20):
        room.services.doorbell.ring("clip", first, 1)
    for _ in range(2):
        room.worker()
    room.wait_until_ready(first, second)
    wait_for(lambda: room.services.doorbell.waiting() == 0)
    assert (room.job(first).attempt, room.job(second).attempt) == (1, 1)
    for clip_id in (first, second):
        room.check_published(clip_id)
    room.check_nothing_contradicts()


def test_what_the_version_before_left_in_queue_and_rows_is_done_by_this_one(room: Backroom, tmp_path: Path) -> None:
    clip_id = room.send(film(tmp_path / "lesson.mp4", 1))
    room.services.redis.flushall()
    columns = "id, clip_id, state, attempt, attempts_left, queued_at, rung_at"
    with room.services.database.engine.begin() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE old AS SELECT * FROM jobs"))
        connection.execute(text("DELETE FROM jobs"))
        connection.execute(text(f"INSERT INTO jobs ({columns}) SELECT {columns} FROM old"))  # noqa: S608
    queue = Queue(QUEUE, connection=room.services.redis, serializer=JSONSerializer)
    for function, arguments in (
        ("workers.jobs.no_longer_there", ("nothing",)),
        ("workers.jobs.process_clip", (str(clip_id), 1)),
    ):
        queue.enqueue_call(function, args=arguments, timeout=-1, result_ttl=0, failure_ttl=3600)
    room.worker()
    room.wait_until_ready(clip_id)
    assert room.job(clip_id).attempt == 1


def test_a_worker_that_is_asked_to_stop_hands_its_clip_to_its_successor_and_spares_it_the_attempt(
    room: Backroom, tmp_path: Path
) -> None:
    room.slow()
    first = room.send(film(tmp_path / "lesson.mp4", 20))
    before = room.worker()
    room.wait_until_converting(first)
    before.terminate()
    second = room.send(film(tmp_path / "next.mp4", 1))
    before.wait(60)
    given_up = room.job(first)
    assert (given_up.state, given_up.attempt, given_up.attempts_left) == (JobState.QUEUED, 1, rules.ATTEMPTS)
    room.quick()
    room.worker()
    for clip_id in (first, second):
        room.wait_until_ready(clip_id)
    assert (room.job(first).attempt, room.job(second).attempt) == (2, 1)
