"""The box a tool runs in: nothing but the programs, one file to read and one folder to write.

With bubblewrap: no network, no other process, no other file, nobody's user id. Without it, what remains is the
limits of `limited` and the forced demuxers of `graphs`. Both are plain argument lists in front of the command.
"""

import functools
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from veo_workflow.media.model import Limits, MediaFailure

REMEDY = (
    "The bubblewrap sandbox does not work here, so ffmpeg runs with limits only: install the package bubblewrap "
    "and allow unprivileged user namespaces."
)
# Its standard input ends only with whoever started it: nothing to read there yet is how things should be.
_UNLESS_ORPHANED = 'dd iflag=nonblock bs=1 count=1 status=none 2>/dev/null && exit 1; exec "$@" </dev/null'
_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


def tied(argv: Sequence[str]) -> list[str]:
    """`argv`, but not where whoever started it is gone already, who holds the other end of its standard input.

    The kernel kills a tool whose parent dies from the moment on that it has been told to, which setpriv does at the
    beginning and bubblewrap once the walls are up.  Who had died by then was missed, and the tool went on alone.
    """
    return ["sh", "-c", _UNLESS_ORPHANED, "sh", *argv]


def boxed(argv: Sequence[str], limits: Limits, *, reads: Sequence[Path] = (), writes: Path | None = None) -> list[str]:
    """`argv` inside the sandbox, or as it is where `limits` say so or the machine has none.

    Raises MediaFailure where the sandbox is insisted on and does not work.
    """
    if sandboxed(limits):
        return [*_wall(), *_openings(reads, writes), "--", *argv]
    if limits.sandbox is True:
        raise MediaFailure(REMEDY, code="no_sandbox")
    return list(argv)


def sandboxed(limits: Limits) -> bool:
    """Whether tools run in the sandbox under these limits on this machine."""
    return limits.sandbox is not False and works()


def limited(argv: Sequence[str], limits: Limits, *, wall: float, output_bytes: int) -> list[str]:
    """`argv` at low priority, dying with the thread that started it, under limits the kernel keeps.

    setpriv and prlimit rather than code between fork and exec: the caller may be a process with threads.
    """
    cpu = int(wall * (os.cpu_count() or 1))
    return [
        *("setpriv", "--no-new-privs", "--pdeathsig", "KILL"),
        *("prlimit", f"--fsize={output_bytes}", f"--cpu={cpu}", f"--as={limits.memory}", "--core=0"),
        *("nice", "-n", "10"),
        *argv,
    ]


@functools.cache
def works() -> bool:
    """Whether this machine allows the sandbox; asked once in the life of a process."""
    if not shutil.which("bwrap"):
        return False
    try:
        tried = subprocess.run([*_wall(), "--", "ffprobe", "-version"], capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0


def _openings(reads: Sequence[Path], writes: Path | None) -> list[str]:
    openings = []
    if writes is not None:
        openings += ["--bind", str(writes), str(writes), "--chdir", str(writes)]
    for path in reads:
        openings += ["--ro-bind", str(path), str(path)]
    return openings


@functools.cache
def _wall() -> tuple[str, ...]:
    system = ["--ro-bind", "/usr", "/usr"]
    for name in _LINKS:
        path = Path("/", name)
        if path.is_symlink():
            system += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            system += ["--ro-bind", str(path), str(path)]
    for needed in ("/etc/alternatives", "/etc/ld.so.cache"):
        system += ["--ro-bind-try", needed, needed]
    for tool in ("ffmpeg", "ffprobe"):
        found = Path(shutil.which(tool) or "/usr/bin").resolve()
        if not found.is_relative_to("/usr"):
            system += ["--ro-bind-try", str(found.parent), str(found.parent)]
    return (
        *("bwrap", "--unshare-all", "--die-with-parent", "--as-pid-1", "--new-session", "--cap-drop", "ALL"),
        *("--uid", "65534", "--gid", "65534", "--hostname", "box"),
        *system,
        *("--proc", "/proc", "--dev", "/dev"),
    )
