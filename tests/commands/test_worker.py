"""The worker: takes what the doorbell rings for, says little, and takes its work-horse along when it goes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer

from tests.commands.processes import is_alive
from tests.support.redis import private_redis
from tests.support.waiting import wait_until
from veo_workflow.commands import probes
from veo_workflow.commands.worker import TiedWorker
from veo_workflow.queue import QUEUE

ROOT = Path(__file__).parents[2]


@dataclass
class Working:
    """A worker in a process of its own, on a Redis of its own."""

    redis: Redis
    process: subprocess.Popen[bytes]
    folder: Path

    def give(self, job: str) -> None:
        queue = Queue(QUEUE, connection=self.redis, serializer=JSONSerializer)
        queue.enqueue_call(f"tests.commands.processes.{job}", args=(str(self.folder),), timeout=-1, result_ttl=0)

    def horse(self) -> int:
        noted = self.folder / "horse.pid"
        wait_until(lambda: noted.exists() and noted.read_text() != "")
        return int(noted.read_text())

    def is_asked_to_stop(self) -> bool:
        workers = self.redis.scan_iter("rq:worker:*", _type="HASH")
        return any(self.redis.hexists(worker, "shutdown_requested_date") for worker in workers)


@pytest.fixture
def working(tmp_path: Path) -> Iterator[Working]:
    with private_redis() as url:
        process = subprocess.Popen(
            [sys.executable, "-m", "veo_workflow", "worker"],
            cwd=ROOT,
            env={**os.environ, "VEO_REDIS_URL": url, "VEO_DATA": str(tmp_path / "data")},
            stdout=(tmp_path / "said").open("wb"),
            stderr=subprocess.STDOUT,
        )
        yield Working(Redis.from_url(url), process, tmp_path)
        process.kill()
        process.wait(60)


def test_it_registers_under_its_process_id(working: Working) -> None:
    wait_until(lambda: probes.live_workers(working.redis) == [working.process.pid])


def test_a_killed_worker_takes_its_horse_along(working: Working) -> None:
    working.give("note_and_sleep")
    horse = working.horse()
    working.process.kill()
    wait_until(lambda: not is_alive(horse))


def test_being_asked_twice_lets_go_of_the_job(working: Working) -> None:
    working.give("note_and_sleep")
    horse = working.horse()
    working.process.send_signal(signal.SIGTERM)
    wait_until(working.is_asked_to_stop)
    with pytest.raises(subprocess.TimeoutExpired):
        working.process.wait(1.2)  # within a second RQ takes a second signal for the first
    working.process.send_signal(signal.SIGTERM)
    working.process.wait(60)
    wait_until(lambda: not is_alive(horse))


def test_what_it_says_names_nobody(working: Working) -> None:
    working.give("note_and_fail")
    working.horse()
    wait_until(lambda: not Queue(QUEUE, connection=working.redis, serializer=JSONSerializer).count)
    working.process.send_signal(signal.SIGTERM)
    working.process.wait(60)
    assert str(working.folder) not in (working.folder / "said").read_text()


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """What a killed worker left in scratch, before this one starts."""
    folder = tmp_path / "data" / "scratch" / "work-clip-left"
    folder.mkdir(parents=True)
    (folder / "original").write_bytes(b"x")
    return folder


def test_it_purges_what_a_killed_one_left_on_its_machine(left: Path, working: Working) -> None:
    wait_until(lambda: not left.exists())


@pytest.fixture
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_being_asked_while_something_is_finalised_is_not_forgotten(handlers: None) -> None:
    """What a signal's handler raises in a finaliser reaches nobody; CPython ends many of them while it waits."""
    with private_redis() as url:
        redis = Redis.from_url(url)
        queue = Queue(QUEUE, connection=redis, serializer=JSONSerializer)
        worker = TiedWorker([queue], connection=redis, serializer=JSONSerializer)

        class Finalised:
            def __del__(self) -> None:
                worker.request_stop(signal.SIGTERM, None)  # type: ignore[no-untyped-call]  # RQ says none

        Finalised()
        with pytest.raises(StopRequested):
            worker.dequeue_job_and_maintain_ttl(60)
        assert worker.work() is False
