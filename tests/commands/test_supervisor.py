"""A supervisor of real processes: what it starts runs, comes back when it dies, and ends with it, however it ends."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commands.processes import Supervised, is_alive, program
from tests.support.waiting import wait_until

Start = Callable[..., Supervised]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Supervised] = []

    def begin(*programs: str) -> Supervised:
        started.append(Supervised(tmp_path, *programs))
        return started[-1]

    yield begin
    for supervised in started:
        supervised.end()


def test_a_program_that_dies_is_started_again_and_somebody_is_told(start: Start, tmp_path: Path) -> None:
    supervised = start(program(tmp_path, "web"))
    first = supervised.pid("web.pid")
    wait_until(lambda: "ready" in supervised.said())
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: int((tmp_path / "web.pid").read_text() or first) != first)
    assert is_alive(supervised.pid("web.pid"))
    assert "web was killed (signal 9); starting it again in 0.5 s." in supervised.said()


def test_what_a_dead_program_leaves_behind_is_gone_before_it_starts_again(start: Start, tmp_path: Path) -> None:
    supervised = start(program(tmp_path, "web"))
    first, child = supervised.pid("web.pid"), supervised.pid("web.child")
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: int((tmp_path / "web.pid").read_text() or first) != first)
    assert not is_alive(child)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_being_asked_to_stop_ends_programs_and_their_children(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    supervised = start(program(tmp_path, "web"), program(tmp_path, "worker", "runaway"))
    pids = [supervised.pid(name) for name in ("web.pid", "web.child", "worker.pid", "worker.child")]
    wait_until(lambda: "ready" in supervised.said())
    supervised.process.send_signal(number)
    assert supervised.process.wait(60) == 0
    assert [pid for pid in pids if is_alive(pid)] == []
    assert "stopped" in supervised.said()


def test_a_stubborn_program_is_killed_when_its_grace_is_over(start: Start, tmp_path: Path) -> None:
    supervised = start(program(tmp_path, "worker", "stubborn", "grace=0.5"))
    pids = [supervised.pid("worker.pid"), supervised.pid("worker.child")]
    wait_until(lambda: "ready" in supervised.said())
    began = time.monotonic()
    supervised.process.send_signal(signal.SIGTERM)
    supervised.process.wait(60)
    assert time.monotonic() - began > 0.4
    assert [pid for pid in pids if is_alive(pid)] == []


def test_a_second_signal_does_not_wait_for_anybody(start: Start, tmp_path: Path) -> None:
    supervised = start(program(tmp_path, "worker", "stubborn", "grace=600"))
    pid = supervised.pid("worker.pid")
    wait_until(lambda: "ready" in supervised.said())
    supervised.process.send_signal(signal.SIGINT)
    wait_until((tmp_path / "worker.asked").exists)
    assert is_alive(pid)
    supervised.process.send_signal(signal.SIGINT)
    supervised.process.wait(60)
    assert not is_alive(pid)


def test_what_others_need_is_stopped_last(start: Start, tmp_path: Path) -> None:
    supervised = start(
        program(tmp_path, "redis", more="stop_last=True"), program(tmp_path, "worker", "stubborn", "grace=1.0")
    )
    redis, worker = supervised.pid("redis.pid"), supervised.pid("worker.pid")
    wait_until(lambda: "ready" in supervised.said())
    supervised.process.send_signal(signal.SIGTERM)
    wait_until((tmp_path / "worker.asked").exists)
    while supervised.process.poll() is None:
        still_served = is_alive(redis)
        assert still_served or not is_alive(worker)
        time.sleep(0.01)
    assert not is_alive(redis)


def test_a_killed_supervisor_leaves_nothing(start: Start, tmp_path: Path) -> None:
    supervised = start(program(tmp_path, "web", "tied"), program(tmp_path, "worker", "tied"))
    pids = [supervised.pid(name) for name in ("web.pid", "web.child", "worker.pid", "worker.child")]
    supervised.process.kill()
    supervised.process.wait(60)
    wait_until(lambda: not any(is_alive(pid) for pid in pids))


def test_a_program_that_cannot_start_is_named_with_its_last_words(start: Start) -> None:
    supervised = start("Program('web', ['sh', '-c', 'echo the socket is gone; exit 3'], answers=lambda pid: False)")
    assert supervised.process.wait(60) == 1
    assert "web ended (3); starting it again" in supervised.said()
    assert "web does not start; its log is" in supervised.said()
    assert "It said: the socket is gone" in supervised.said()


def test_logs_of_earlier_starts_are_kept(start: Start, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "web.log"

    def say_and_stop(word: str) -> None:
        supervised = start(f"Program('web', ['sh', '-c', 'echo {word}; exec sleep 60'])")
        wait_until(lambda: log.exists() and log.read_text().strip() == word)
        supervised.process.send_signal(signal.SIGTERM)
        supervised.process.wait(60)

    say_and_stop("first")
    say_and_stop("second")
    assert log.read_text().strip() == "second"
    assert log.with_name("web.log.1").read_text().strip() == "first"
