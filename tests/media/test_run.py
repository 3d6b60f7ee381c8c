"""Who owns a process stops it, with everything it started."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Literal

import pytest

from tests.media.conftest import Find
from tests.support.waiting import wait_until
from veo_workflow.media import Interrupted, Limits, MediaFailure, Unusable, convert, probe
from veo_workflow.media.run import Ended, Task, run
from veo_workflow.media.sandbox import works

SLOW = (
    "ffmpeg",
    "-v",
    "error",
    "-progress",
    "pipe:1",
    "-f",
    "lavfi",
    "-i",
    "testsrc2=s=1920x1080:r=30",
    "-f",
    "null",
    "-",
)
PARENT = """
import sys
from pathlib import Path
from veo_workflow.media import Limits
from veo_workflow.media.run import Task, run
run(Task(("sleep", sys.argv[1])), Limits(sandbox=sys.argv[2] == "True"))
"""


def running(word: str) -> list[int]:
    """Processes whose command line holds `word`."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and word.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


@pytest.mark.parametrize("sandbox", ["auto", False])
def test_no_process_is_left_when_the_caller_no_longer_wants_it(
    clip: Find, tmp_path: Path, sandbox: Literal["auto", False]
) -> None:
    stop = threading.Event()
    source = clip("ipad_hevc_4k60.mov")
    stopped_at = 0.0

    def keep_going() -> bool:
        nonlocal stopped_at
        if running(str(tmp_path / "playback.mp4")) and not stop.is_set():
            stopped_at = time.monotonic()
            stop.set()
        return not stop.is_set()

    with pytest.raises(Interrupted):
        convert(source, tmp_path, Limits(sandbox=sandbox), keep_going=keep_going)
    assert time.monotonic() - stopped_at < 30
    assert running(str(tmp_path)) == []


@pytest.mark.parametrize("sandbox", [True, False])
def test_the_tool_dies_with_the_worker(sandbox: bool) -> None:
    if sandbox and not works():
        pytest.skip("this machine has no sandbox; `veo doctor` says so")
    length = f"600.{uuid.uuid4().int % 10**12:012}"  # nobody else on this machine sleeps for as long
    worker = subprocess.Popen([sys.executable, "-c", PARENT, length, str(sandbox)])
    wait_until(lambda: any(name_of(pid) == "sleep" for pid in running(length)))
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    wait_until(lambda: not running(length))


@pytest.mark.parametrize("sandbox", [True, False])
def test_a_tool_does_not_begin_whose_worker_died_before_the_kernel_knew_of_them(sandbox: bool, tmp_path: Path) -> None:
    if sandbox and not works():
        pytest.skip("this machine has no sandbox; `veo doctor` says so")
    setpriv, go_on = tmp_path / "setpriv", tmp_path / "go on"
    held = f"until [ -e '{go_on}' ]; do sleep 0.02; done"
    setpriv.write_text(f'#!/bin/sh\n{held}\nexec {shutil.which("setpriv")} "$@"\n')
    setpriv.chmod(0o755)
    length = f"600.{uuid.uuid4().int % 10**12:012}"
    worker = subprocess.Popen(
        [sys.executable, "-c", PARENT, length, str(sandbox)],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    wait_until(lambda: any(name_of(pid) == "setpriv" for pid in running(length)))
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    go_on.touch()
    wait_until(lambda: not running(length))


def test_a_tool_that_shows_no_progress_is_stopped() -> None:
    with pytest.raises(MediaFailure) as said:
        run(Task(("sleep", "20")), Limits(stall=0.5))
    assert (said.value.code, said.value.retryable) == ("stalled", True)


def test_a_tool_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(MediaFailure) as said:
        run(Task(SLOW, wall=1), Limits())
    assert said.value.code == "too_slow"


def test_a_runaway_output_is_cut_off_by_the_kernel(tmp_path: Path) -> None:
    target = tmp_path / "big"
    ended = run(Task(("cp", "/dev/zero", str(target)), writes=tmp_path, output_bytes=1 << 20), Limits())
    assert ended.code
    assert target.stat().st_size <= 1 << 20


def test_a_full_disk_is_told_as_such_and_worth_another_try() -> None:
    failure = Ended(1, "av_interleaved_write_frame(): No space left on device").failure()
    assert (failure.code, failure.retryable) == ("disk_full", True)
    assert "disk is full" in failure.message


def test_too_little_memory_is_not_the_files_fault(clip: Find, tmp_path: Path) -> None:
    with pytest.raises(MediaFailure):
        convert(clip("one_second.mov"), tmp_path, Limits(memory=64 << 20, sandbox=False))


def test_a_missing_program_is_named(clip: Find, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    film = clip("one_second.mov")
    works()  # found out once in a process, which is to be while the programs are there
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MediaFailure, match="apt-get install ffmpeg"):
        probe(film, Limits())


def test_a_file_over_the_limit_is_not_even_opened(clip: Find) -> None:
    with pytest.raises(Unusable) as said:
        probe(clip("one_second.mov"), Limits(max_bytes=1000))
    assert said.value.code == "too_big"
