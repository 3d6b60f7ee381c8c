"""Owning a tool's process: start it in its own group, listen to it, and stop all of it when it is time.

Three things end a tool early: the caller no longer wants it, it shows no progress, or its time is up.
"""

import os
import re
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from veo_workflow.media import sandbox
from veo_workflow.media.model import Interrupted, Limits, MediaFailure

POLL = 0.25
_KEPT_STDERR = 64 * 1024
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "HOME": "/", "PATH": os.environ.get("PATH", os.defpath)}

_MACHINE = re.compile(r"^(bwrap|prlimit|setpriv|nice): |No space left on device|Cannot allocate memory", re.MULTILINE)

DISK_FULL = "The server's disk is full. Tell your administrator, then press Try again."
OUT_OF_MEMORY = (
    "The server ran out of memory on this recording. Press Try again; if it happens again, tell your administrator."
)
TOO_SLOW = "Converting this recording took too long and was stopped. Press Try again in a while."
STALLED = "Converting this recording came to a standstill and was stopped. Press Try again in a while."
FAILED = "This recording could not be converted. Press Try again; if it fails again, tell your administrator."
NOT_INSTALLED = "ffmpeg is not installed on this server. The administrator can install it with: apt-get install ffmpeg."


@dataclass(frozen=True)
class Task:
    """One command and what it may touch and use. `wall` is seconds, `output_bytes` the largest file it may write."""

    argv: tuple[str, ...]
    reads: tuple[Path, ...] = ()
    writes: Path | None = None
    wall: float = 120
    output_bytes: int = 1 << 20

    def command(self, limits: Limits) -> list[str]:
        """The whole command line, with its limits and its sandbox."""
        inside = sandbox.boxed(sandbox.tied(self.argv), limits, reads=self.reads, writes=self.writes)
        return sandbox.limited(inside, limits, wall=self.wall, output_bytes=self.output_bytes)


@dataclass(frozen=True)
class Ended:
    """How a tool ended; `complaints` is the last 64 KiB of what it wrote to its standard error."""

    code: int
    complaints: str

    @property
    def blameless(self) -> bool:
        """Whether the tool failed for reasons of its own, or of this machine, and not because of what is in the file.

        Codes from 126 up are a tool that could not be started, or a signal as the sandbox passes it on.
        """
        return self.code < 0 or self.code >= 126 or self.of_the_machine

    @property
    def of_the_machine(self) -> bool:
        """Whether this machine says that it was at fault: its disk, its memory, its sandbox."""
        return bool(_MACHINE.search(self.complaints))

    def failure(self) -> MediaFailure:
        """Why it failed, for the person waiting; the tool's own words never reach a page."""
        if "No space left on device" in self.complaints:
            return MediaFailure(DISK_FULL, code="disk_full")
        if "Cannot allocate memory" in self.complaints:
            return MediaFailure(OUT_OF_MEMORY, code="out_of_memory")
        if self.code in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
            return MediaFailure(TOO_SLOW, code="too_slow")
        return MediaFailure(FAILED, exit_code=self.code)


def always() -> bool:
    return True


def run(
    task: Task,
    limits: Limits,
    *,
    on_line: Callable[[bytes], bool] | None = None,
    keep_going: Callable[[], bool] = always,
) -> Ended:
    """Run `task` to its end. `on_line` gets each line of its standard output and says whether that is progress.

    Raises Interrupted, or MediaFailure where it stalls, takes too long or is not installed.
    Nothing of it is left running, whatever happens.
    """
    if not shutil.which(task.argv[0]):
        raise MediaFailure(NOT_INSTALLED, code="not_installed")
    with subprocess.Popen(
        task.command(limits),
        stdin=subprocess.PIPE,  # nothing is said there: see sandbox.tied
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=_ENVIRONMENT,
        bufsize=0,
    ) as process:
        try:
            listener = _Listener(process, on_line)
            _attend(listener, task.wall, limits.stall, keep_going)
            return Ended(process.wait(), listener.complaints.decode(errors="replace"))
        finally:
            _stop(process)


class _Listener:
    """The two pipes of a tool; over when both are closed."""

    def __init__(self, process: subprocess.Popen[bytes], on_line: Callable[[bytes], bool] | None) -> None:
        self.complaints = b""
        self.progressed = time.monotonic()
        self._on_line = on_line
        self._unfinished = b""
        self._selector = selectors.DefaultSelector()
        for pipe, take in ((process.stdout, self._hear), (process.stderr, self._complain)):
            if pipe:
                self._selector.register(pipe, selectors.EVENT_READ, take)

    def listen(self) -> bool:
        """Take in what has been written, waiting a moment for it; False when there is nothing more to come."""
        for key, _ in self._selector.select(POLL):
            data = os.read(key.fd, 1 << 16)
            if data:
                key.data(data)
            else:
                self._selector.unregister(key.fileobj)
        if self._selector.get_map():
            return True
        self._selector.close()
        return False

    def _complain(self, data: bytes) -> None:
        self.complaints = (self.complaints + data)[-_KEPT_STDERR:]

    def _hear(self, data: bytes) -> None:
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        for line in lines:
            if self._on_line is None or self._on_line(line):
                self.progressed = time.monotonic()


def _attend(listener: _Listener, wall: float, stall: float, keep_going: Callable[[], bool]) -> None:
    began = asked = time.monotonic()
    while listener.listen():
        now = time.monotonic()
        if now - asked >= POLL:
            asked = now
            if not keep_going():
                raise Interrupted
        if now - began > wall:
            raise MediaFailure(TOO_SLOW, code="too_slow")
        if now - listener.progressed > stall:
            raise MediaFailure(STALLED, code="stalled")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the group, and wait for its pipes to close: then no child of it lives either."""
    if process.returncode is not None:
        return
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdout, process.stderr):
        deadline = time.monotonic() + 5
        while pipe and time.monotonic() < deadline:
            with selectors.DefaultSelector() as selector:
                selector.register(pipe, selectors.EVENT_READ)
                if selector.select(POLL) and not os.read(pipe.fileno(), 1 << 16):
                    break
