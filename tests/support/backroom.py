"""The part of a school that nobody sees, for tests that break it: a database, a store, Redis, workers and upkeep.

Workers are real processes on settings of a few seconds; upkeep goes on in a thread, unless a test wants a process.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from tests.support.camera import ffmpeg
from tests.support.redis import private_redis
from tests.support.world import World, make_world
from veo_workflow.clips.models import Clip, ClipState, Job, JobState, Purpose, Rendition
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.commands import probes
from veo_workflow.invariants.checks import check_invariants
from veo_workflow.migrations import migrate
from veo_workflow.services import Services, open_services
from veo_workflow.settings import Settings
from workers import upkeep

ROOT = Path(__file__).resolve().parents[2]
WORKER = [sys.executable, "-m", "veo_workflow", "worker"]
LEASE, INTERVAL = 5.0, 1.0
PATIENCE = 60.0  # seconds; how slow a machine may be before a test takes it for broken

# In front of the real one: converting takes as long as the film lasts while the file `slow` is there, so that there is
# a middle to be killed in; and whoever converts a clip that `deadly` names is killed.
FFMPEG = """#!/bin/sh
here=${0%/*}
if [ -s "$here/deadly" ] && echo "$*" | grep -q -F -f "$here/deadly"; then kill -9 $PPID; exit 1; fi
case "$*" in *libx264*) [ ! -e "$here/slow" ] || exec REAL -re "$@" ;; esac
exec REAL "$@"
"""


class Backroom:
    """Asha's clips go through it."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.settings = settings
        settings.data.mkdir(parents=True, exist_ok=True)
        self.services: Services = open_services(settings)
        migrate(self.services.database.engine)
        self.world: World = make_world(self.services)
        self._tools = folder / "tools"
        self._place_ffmpeg()
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        """What the processes see."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("VEO_")}
        given = self.settings.model_dump(exclude_unset=True)
        return {
            **clean,
            **{f"VEO_{name.upper()}": str(value) for name, value in given.items()},
            "PATH": f"{self._tools}:{clean['PATH']}",
        }

    def _place_ffmpeg(self) -> None:
        self._tools.mkdir()
        script = self._tools / "ffmpeg"
        script.write_text(FFMPEG.replace("REAL", shutil.which("ffmpeg") or "ffmpeg"))
        script.chmod(0o755)

    def slow(self) -> None:
        """From now on converting takes as long as the film lasts."""
        (self._tools / "slow").touch()

    def quick(self) -> None:
        (self._tools / "slow").unlink(missing_ok=True)

    def deadly(self, clip_id: uuid.UUID) -> None:
        """Whoever converts this clip is killed; only without the sandbox, which keeps them apart."""
        (self._tools / "deadly").write_text(f"{clip_id}\n")

    def send(self, film: Path) -> uuid.UUID:
        """Asha uploads a film; it then waits in the queue."""
        return add_file(self.services, self.world.asha, self.world.cycle.id, Purpose.PROGRESS, film, lambda _: None)

    def worker(self, command: Sequence[str] = WORKER, **environment: str) -> subprocess.Popen[bytes]:
        """A worker that listens."""
        process = self.program(command, environment)

        def listens() -> bool:
            assert process.poll() is None, self.said()
            return process.pid in probes.live_workers(self.services.redis)

        wait_for(listens, self.said)
        return process

    def program(
        self, command: Sequence[str], environment: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.Popen[bytes]:
        with (self._folder / "said").open("ab") as said:
            process = subprocess.Popen(
                command, cwd=ROOT, env={**self.environment, **environment}, stdout=said, stderr=said
            )
        self._running.append(process)
        return process

    def said(self) -> str:
        """What the processes said."""
        return (self._folder / "said").read_text()

    @contextlib.contextmanager
    def upkeep(self) -> Iterator[None]:
        """Goes on for as long as the block."""
        stop = threading.Event()
        going_on = threading.Thread(target=upkeep.run_forever, args=(self.services, stop))
        going_on.start()
        try:
            yield
        finally:
            stop.set()
            going_on.join(PATIENCE)

    def end(self) -> None:
        for process in self._running:
            process.kill()
            process.wait(60)
        self.services.events.close()
        self.services.database.engine.dispose()

    # What is so, and waiting until it is.

    def clip(self, clip_id: uuid.UUID) -> Clip:
        with self.services.database.reading() as session:
            return session.get_one(Clip, clip_id)

    def job(self, clip_id: uuid.UUID) -> Job:
        with self.services.database.reading() as session:
            return session.scalars(select(Job).where(Job.clip_id == clip_id)).one()

    def wait_until_ready(self, *clip_ids: uuid.UUID) -> None:
        for clip_id in clip_ids:
            self.wait_for_state(clip_id, ClipState.READY)

    def wait_for_state(self, clip_id: uuid.UUID, state: ClipState) -> None:
        wait_for(lambda: self.clip(clip_id).state is state, lambda: f"{vars(self.clip(clip_id))}\n{self.said()}")

    def wait_until_converting(self, clip_id: uuid.UUID, *, attempt: int = 1) -> list[int]:
        """Until its picture is being encoded; the processes that do it."""

        def is_converting() -> bool:
            job = self.job(clip_id)
            return job.state is JobState.RUNNING and job.attempt >= attempt and bool(self.encoders())

        wait_for(is_converting, self.said)
        return self.encoders()

    def encoders(self) -> list[int]:
        """Every process of this backroom that encodes, or would like to."""
        return [pid for pid, line in _command_lines() if "libx264" in line and str(self.settings.scratch) in line]

    def check_published(self, clip_id: uuid.UUID) -> None:
        """Exactly one set of renditions, of one attempt, every one of them whole in the store, and nothing else."""
        with self.services.database.reading() as session:
            rows = list(session.scalars(select(Rendition).where(Rendition.clip_id == clip_id)))
        prefix = f"clips/{clip_id}/{self.clip(clip_id).attempt}/"

        def stored() -> dict[str, int]:
            return {each.key: each.size for each in self.services.storage.list(f"clips/{clip_id}/")}

        assert rows
        assert all(row.key.startswith(prefix) for row in rows)
        named = {row.key: row.size_bytes for row in rows}
        wait_for(lambda: stored() == named, lambda: f"{stored()} instead of {named}")  # whoever publishes tidies up

    def check_nothing_contradicts(self) -> None:
        """Once upkeep has been round, rows, objects, scratch and queue tell one story."""
        self.services.redis.delete(upkeep.SWEPT)
        done = upkeep.one_round(self.services)
        assert done["failures"] == 0
        assert [str(each) for each in check_invariants(self.services)] == []


@contextlib.contextmanager
def backroom(folder: Path, **other: Any) -> Iterator[Backroom]:
    """One on SQLite and on disk, unless `other` settings say otherwise."""
    with contextlib.ExitStack() as stack:
        given = {
            "data": folder / "var",
            "redis_url": other.get("redis_url") or stack.enter_context(private_redis()),
            "secret_key": "not a secret: for tests only",
            "lease": LEASE,
            "lease_renewal": LEASE / 10,
            "upkeep_interval": INTERVAL,
            **other,
        }
        opened = Backroom(folder, Settings(**given))
        stack.callback(opened.end)
        yield opened


def film(path: Path, seconds: int, size: str = "160x120", seed: int = 0) -> Path:
    """A small film with a tone; another seed, another film."""
    picture = f"testsrc2=s={size}:r=10:d={seconds}"
    sound = f"sine=f={300 + seed}:d={seconds}"
    ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *ENCODED, path)
    return path


ENCODED = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")


def wait_for(happened: Callable[[], object], why: Callable[[], str] = lambda: "") -> None:
    """Until it is so. What never happens fails the test with what `why` says then."""
    until = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < until, f"It did not happen in {PATIENCE:.0f} seconds. {why()}"
        time.sleep(0.05)


def _command_lines() -> Iterator[tuple[int, str]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
