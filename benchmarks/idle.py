"""What a school costs at night: processor time of everything that `veo run` started, while nobody asks for anything."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.live import STOP_SECONDS
from tests.support.ports import free_port

SETTLE = 10.0  # seconds: what is done once after a start is not idleness
READY = 120.0
_TICKS = os.sysconf("SC_CLK_TCK")


def stack(folder: Path, seconds: float) -> tuple[float, dict[str, tuple[float, float]]]:
    """Percent of one core, of all together; and of each process that percent and the MiB it alone holds."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VEO_")}
    settings = {"VEO_DATA": str(folder / "var"), "VEO_PORT": str(free_port()), "DEMO": "0"}
    log = folder / "run.log"
    with log.open("wb") as said:
        command = [sys.executable, "-m", "veo_workflow", "run"]
        running = subprocess.Popen(command, env={**environment, **settings}, stdout=said, stderr=said)
    try:
        _wait_until_ready(running, log)
        time.sleep(SETTLE)
        before, began = _spent(running.pid), time.monotonic()
        time.sleep(seconds)
        after, passed = _spent(running.pid), time.monotonic() - began
        shares = {
            f"{_name(pid)} ({pid})": (100 * (spent - before.get(pid, 0.0)) / passed, _private_mib(pid))
            for pid, spent in after.items()
        }
    finally:
        running.terminate()
        running.wait(STOP_SECONDS)
    return sum(percent for percent, _ in shares.values()), shares


def _wait_until_ready(running: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY
    while "Ready:" not in log.read_text():
        assert running.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


def _spent(root: int) -> dict[int, float]:
    """Seconds of processor of each process below `root`, with those of its children that have ended."""
    spent = {}
    for pid in _family(root):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        spent[pid] = sum(map(int, fields[11:15])) / _TICKS
    return spent


def _family(root: int) -> Iterator[int]:
    yield root
    for task in Path(f"/proc/{root}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    known = [word for word in words if word in {"run", "worker", "upkeep", "gunicorn"}]
    return known[-1] if known else Path(words[0].split()[0]).name


def _private_mib(pid: int) -> float:
    """Memory shared between processes is counted in parts (proportional set size)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) / 1024
