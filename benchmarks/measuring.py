"""Two ways of doing something, in turns: on a machine that others use too, a ratio of neighbours means something."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from veo_workflow.media import Limits
from veo_workflow.media.run import Task


@dataclass(frozen=True)
class Cost:
    """Seconds: on the clock, and of processors at work."""

    wall: float
    cpu: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.wall + other.wall, self.cpu + other.cpu)


def cost_of(work: Callable[[], object]) -> Cost:
    """What it costs this process and the programs that it waits for."""
    began, before = time.perf_counter(), _cpu()
    work()
    return Cost(time.perf_counter() - began, _cpu() - before)


def bare(task: Task, limits: Limits) -> tuple[Cost, str]:
    """Run a task's command with nothing around it; its cost, and what it wrote to its standard error."""
    said: list[str] = []
    argv = task.command(limits)

    def run() -> None:
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen(argv, stdin=pipe, stdout=nowhere, stderr=pipe, text=True) as tool:  # see sandbox.tied
            assert tool.stderr
            said.append(tool.stderr.read())
        assert tool.returncode == 0, said[-1]

    return cost_of(run), said[0]


def in_turns(one: Callable[[], float], other: Callable[[], float], *, pairs: int) -> float:
    """The median of `one` over `other` in neighbouring pairs; each goes first in turn.

    What comes second finds caches warm, and a machine that has grown hot.
    """
    ratios = []
    for pair in range(pairs):
        if pair % 2:
            below = other()
            above = one()
        else:
            above = one()
            below = other()
        ratios.append(above / below)
    return statistics.median(ratios)


def _cpu() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
