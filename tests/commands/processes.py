"""Little programs to supervise, and ways to wait for what they do."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from tests.support.waiting import wait_until

SUPERVISE = """
import os, sys
from pathlib import Path
from veo_workflow.commands.supervisor import Program, Stopped, Supervisor
from veo_workflow.errors import VeoError

folder = Path(sys.argv[1])
def programs():
    return [{programs}]
try:
    with Supervisor(folder / "logs", lambda line: print(line, flush=True), dict(os.environ)) as supervisor:
        for program in programs():
            supervisor.start(program)
        supervisor.wait_until_ready(60)
        print("ready", flush=True)
        supervisor.watch()
except Stopped:
    print("stopped", flush=True)
except VeoError as error:
    sys.exit(error.message)
"""

# Notes its process id, and forks a child that does so too; both would live for ten minutes.
PARENT_AND_CHILD = """
import os, signal, sys, time
from pathlib import Path
from veo_workflow.commands import lifeline
folder, name, manner = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
me = os.getpid()
if manner == "stubborn":
    signal.signal(signal.SIGTERM, lambda *_: (folder / f"{name}.asked").touch())
child = os.fork()
if child == 0:
    if manner == "tied":
        lifeline.die_with_parent(me)
    if manner == "runaway":
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (folder / f"{name}.child").write_text(str(os.getpid()))
    time.sleep(600)
(folder / f"{name}.pid").write_text(str(me))
time.sleep(600)
"""


class Supervised:
    """A supervisor in a process of its own, with `programs` (Python source of Program(...) calls)."""

    def __init__(self, folder: Path, *programs: str) -> None:
        self.folder = folder
        (folder / "program.py").write_text(textwrap.dedent(PARENT_AND_CHILD))
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE.replace("{programs}", ", ".join(programs)), str(folder)],
            stdout=(folder / "said").open("w"),
            stderr=subprocess.STDOUT,
        )

    def said(self) -> str:
        return (self.folder / "said").read_text()

    def pid(self, name: str) -> int:
        """The process id that a program has noted under `name`."""
        path = self.folder / name
        wait_until(lambda: path.exists() and path.read_text() != "")
        return int(path.read_text())

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(60)


def program(folder: Path, name: str, manner: str = "plain", more: str = "") -> str:
    """Source of a Program that notes its process ids under `name`."""
    command = [sys.executable, str(folder / "program.py"), str(folder), name, manner]
    return f"Program({name!r}, {command!r}, {more})"


def is_alive(pid: int) -> bool:
    """Whether it runs; what has died and waits to be noticed does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" and pid != os.getpid()


def veo(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line as a school uses it, with no VEO_ settings but these."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VEO_")}
    return subprocess.run(
        [sys.executable, "-m", "veo_workflow", *arguments],
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def note_and_sleep(folder: str) -> None:
    """A job that takes ten minutes."""
    (Path(folder) / "horse.pid").write_text(str(os.getpid()))
    time.sleep(600)


def note_and_fail(folder: str) -> None:
    """A job that fails."""
    (Path(folder) / "horse.pid").write_text(str(os.getpid()))
    raise ValueError("It was not to be.")
