"""A small supervisor: starts programs, starts a dead one again, and stops them all, whatever happens to itself.

- Each program leads a session of its own, so that Ctrl-C reaches the supervisor alone, which then stops in order.
- What a program leaves behind is handed to the supervisor by the kernel and ended with the rest.
- A supervisor that is killed takes its programs with it: see `lifeline`.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from veo_workflow.commands import lifeline
from veo_workflow.errors import VeoError

POLL = 0.05
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SETTLED = 60.0  # a program that has run for this long is not failing again, but anew
START_ATTEMPTS = 3
LOGS_KEPT = 3


class ChildFailed(VeoError):
    """A program did not come up; the message says what it said last."""


class Stopped(BaseException):
    """Somebody asked us to stop. Not an Exception, so that nothing on the way takes it for a failure."""


@dataclass(frozen=True)
class Program:
    """What to run and how to know that it answers, given its process id. `grace`: seconds to end by itself."""

    name: str
    command: Sequence[str]
    answers: Callable[[int], bool] = lambda _pid: True
    grace: float = 6.0
    stop_last: bool = False
    when_orphaned: signal.Signals = signal.SIGKILL
    inherits: tuple[int, ...] = ()


@dataclass
class Child:
    """A program as it runs, or waits to be started again."""

    program: Program
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    start_at: float = 0.0
    has_answered: bool = False

    def signal(self, number: signal.Signals) -> None:
        """To the program and, once it is to be killed, to its whole process group."""
        if self.process is None or self.process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1].strip() if lines else ""


@dataclass
class Supervisor:
    """Use as a context manager: leaving it, for whatever reason, stops everything that was started.

    `environment` is what the programs see; `say` receives one line whenever something happens that a person should
    know of. Raises Stopped inside the block when the process is asked to stop.
    """

    logs: Path
    say: Callable[[str], None]
    environment: dict[str, str]
    children: list[Child] = field(default_factory=list)
    _before: dict[signal.Signals, object] = field(default_factory=dict)
    _hurry: bool = False

    def __enter__(self) -> Self:
        lifeline.adopt_orphans()
        self.logs.mkdir(parents=True, exist_ok=True)
        for number in STOP_SIGNALS:
            self._before[number] = signal.signal(number, self._asked_to_stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, self._asked_again)
        self._stop()
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal() gave us, handed back

    def start(self, program: Program) -> None:
        """Start `program`; it may not answer yet."""
        child = Child(program, self.logs / f"{program.name}.log")
        _rotate(child.log)
        self.children.append(child)
        self._spawn(child)

    def wait_until_ready(self, seconds: float = 60.0) -> None:
        """Wait until every program answers, and say so of each. Raises ChildFailed when one does not come up."""
        deadline = time.monotonic() + seconds
        waiting = [child for child in self.children if not child.has_answered]
        while waiting:
            self.tick()
            for child in waiting:
                if self._answers(child):
                    child.has_answered = True
                    self.say(f"{child.program.name} answers")
            waiting = [child for child in waiting if not child.has_answered]
            failed = next((child for child in waiting if child.failures >= START_ATTEMPTS), None)
            if failed or (waiting and time.monotonic() > deadline):
                raise _did_not_start(failed or waiting[0])
            if waiting:
                time.sleep(POLL)

    def watch(self) -> None:
        """Keep everything running until asked to stop (raises Stopped)."""
        while True:
            self.tick()
            time.sleep(4 * POLL)

    def tick(self) -> None:
        """See who has died, and start again who has waited long enough."""
        for child in self.children:
            if child.process is None:
                if time.monotonic() >= child.start_at:
                    self._spawn(child)
            elif (code := child.process.poll()) is not None:
                self._has_ended(child, code)
        self._bury_orphans()

    def _spawn(self, child: Child) -> None:
        program, parent = child.program, os.getpid()
        with child.log.open("ab") as log:
            child.process = subprocess.Popen(
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,
                pass_fds=program.inherits,
                preexec_fn=lambda: lifeline.die_with_parent(parent, program.when_orphaned),
            )
        child.started = time.monotonic()

    def _answers(self, child: Child) -> bool:
        process = child.process
        return process is not None and process.poll() is None and child.program.answers(process.pid)

    def _has_ended(self, child: Child, code: int) -> None:
        now, process = time.monotonic(), child.process
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what it left in its group must not stand in a new one's way
        child.process = None
        child.failures = 1 if now - child.started > SETTLED else child.failures + 1
        pause = min(FIRST_PAUSE * 2 ** (child.failures - 1), LONGEST_PAUSE)
        child.start_at = now + pause
        how = f"was killed (signal {-code})" if code < 0 else f"ended ({code})"
        self.say(f"{child.program.name} {how}; starting it again in {pause:g} s. Its log: {child.log}")

    def _bury_orphans(self) -> None:
        """Reap what was handed to us, and leave our own programs to their Popen."""
        ours = {child.process.pid for child in self.children if child.process}
        with contextlib.suppress(ChildProcessError):
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if ended.si_pid in ours:
                    break
                os.waitpid(ended.si_pid, 0)

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        for number in STOP_SIGNALS:  # once is enough to unwind; from here on it means hurry
            signal.signal(number, self._asked_again)
        raise Stopped

    def _asked_again(self, _number: int, _frame: FrameType | None) -> None:
        self._hurry = True

    def _stop(self) -> None:
        running = [child for child in self.children if child.process]
        self._stop_together([child for child in running if not child.program.stop_last])
        self._stop_together([child for child in running if child.program.stop_last])
        self._end_orphans()

    def _stop_together(self, children: list[Child]) -> None:
        """Ask, ask once more at half time (RQ's worker then lets go of its job), then kill."""
        began = time.monotonic()
        half = max((child.program.grace for child in children), default=0.0) / 2
        for child in children:
            child.signal(signal.SIGTERM)
        asked_twice = False
        for _ in _every(POLL):
            alive = [child for child in children if child.process and child.process.poll() is None]
            if not alive:
                return
            passed = time.monotonic() - began
            if not asked_twice and passed > half:
                asked_twice = True
                for child in alive:
                    child.signal(signal.SIGTERM)
            for child in alive:
                if self._hurry or passed > child.program.grace:
                    child.signal(signal.SIGKILL)

    def _end_orphans(self) -> None:
        for _ in _every(POLL):
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            left = lifeline.children_of(os.getpid())
            if not left:
                return
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def _every(seconds: float) -> Iterator[None]:
    while True:
        yield
        time.sleep(seconds)


def _did_not_start(child: Child) -> ChildFailed:
    words = child.last_words()
    said = f" It said: {words}" if words else ""
    return ChildFailed(f"{child.program.name} does not start; its log is {child.log}.{said}")


def _rotate(log: Path) -> None:
    """Keep the logs of the last few starts as .1, .2, …"""
    names = [log, *(log.with_name(f"{log.name}.{n}") for n in range(1, LOGS_KEPT + 1))]
    for older, newer in zip(reversed(names), reversed(names[:-1]), strict=False):
        if newer.exists():
            newer.replace(older)
