"""What ties a process to the one that started it, through Linux's `prctl`.

Each link holds by itself: supervisor → gunicorn → its workers, supervisor → RQ worker → its work-horse.  Killed at any
of them, everything further down ends too, without anybody left to clean up.
"""

import ctypes
import os
import signal
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send `how` to this process when `parent`, which has just forked it, ends."""
    _libc.prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)
    if os.getppid() != parent:  # it ended before we could ask
        os.kill(os.getpid(), how)


def adopt_orphans() -> None:
    """Become the parent of whatever this process's descendants leave behind, so that it can be found and ended."""
    _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children_of(pid: int) -> list[int]:
    """The processes whose parent is `pid` now, zombies included."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _parent_of(entry) == pid]


def _parent_of(entry: Path) -> int | None:
    try:
        stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None  # gone in the meantime
    after_name = stat.rpartition(")")[2]  # a program may have brackets and spaces in its name
    return int(after_name.split()[1])
