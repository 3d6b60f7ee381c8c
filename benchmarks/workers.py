"""What a second worker adds, and how long a clip waits for a worker that has nothing to do."""

import contextlib
import itertools
import os
import statistics
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from benchmarks.clips import another_copy
from tests.support.live import VEO, School, program
from veo_workflow.clips.models import Job, JobState, Purpose
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.commands import probes
from veo_workflow.queue import Doorbell

CLIPS = 6
PATIENCE = 300.0
_fresh = itertools.count(1)
_OVER = {JobState.DONE, JobState.FAILED}


class Withheld(Doorbell):
    """Keeps what it was to ring for, until it is told to ring, and notes when it was asked."""

    def __init__(self, school: School) -> None:
        super().__init__(school.services.redis)
        self._asked: list[tuple[str, uuid.UUID, int]] = []

    def ring(self, kind: str, row: uuid.UUID, attempt: int) -> bool:
        self._asked.append((kind, row, attempt))
        return True

    def ring_them_all(self) -> list[uuid.UUID]:
        asked, self._asked = self._asked, []
        for kind, row, attempt in asked:
            super().ring(kind, row, attempt)
        return [row for _, row, _ in asked]


def clips_per_minute(school: School, film: Path, folder: Path, workers: int) -> float:
    """Of clips that wait already, by so many workers with a processor each: from the first claim to the last word."""
    bell = Withheld(school)
    for _ in range(CLIPS):
        _add(replace(school, services=replace(school.services, doorbell=bell)), another_copy(film, next(_fresh)))
    with contextlib.ExitStack() as running:
        for processor in sorted(os.sched_getaffinity(0))[:workers]:
            command = ["taskset", "--cpu-list", str(processor), *VEO, "worker"]
            listens = _listening(school)
            running.enter_context(program(command, school.environment, folder / f"worker-{processor}.log", listens))
        jobs = _finished(school, bell.ring_them_all())
    assert {job.state for job in jobs} == {JobState.DONE}
    took = max(_moment(job.finished_at) for job in jobs) - min(_moment(job.started_at) for job in jobs)
    return 60 * len(jobs) / took


def from_commit_to_claim_ms(school: School, folder: Path, *, times: int = 15) -> float:
    """Median, with one worker that waits. The file is none, so that the worker soon waits again."""
    waits = []
    for n in range(times):
        no_film = folder / f"no-film-{n}.mp4"
        no_film.write_bytes(f"this is no film {n}".encode() * 100)
        rung: list[datetime] = []
        timed = _Timed(school, rung)
        clip_id = _add(replace(school, services=replace(school.services, doorbell=timed)), no_film)
        (job,) = _finished(school, [clip_id])
        waits.append(1000 * (_moment(job.started_at) - rung[0].timestamp()))
        time.sleep(0.3)  # so that the worker is at rest again
    return statistics.median(waits)


class _Timed(Doorbell):
    """Bells are rung right after the commit: that is the moment."""

    def __init__(self, school: School, rung: list[datetime]) -> None:
        super().__init__(school.services.redis)
        self._rung = rung

    def ring(self, kind: str, row: uuid.UUID, attempt: int) -> bool:
        self._rung.append(datetime.now(UTC))
        return super().ring(kind, row, attempt)


def _add(school: School, film: Path) -> uuid.UUID:
    world = school.world
    clip_id = add_file(school.services, world.asha, world.cycle.id, Purpose.PROGRESS, film, lambda _: None)
    film.unlink()
    return clip_id


def _listening(school: School) -> Callable[[object], bool]:
    before = len(probes.live_workers(school.services.redis))
    return lambda _process: len(probes.live_workers(school.services.redis)) > before


def _finished(school: School, clip_ids: list[uuid.UUID]) -> list[Job]:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with school.services.database.reading() as session:
            jobs = list(session.scalars(select(Job).where(Job.clip_id.in_(clip_ids))))
        if all(job.state in _OVER for job in jobs):
            return jobs
        time.sleep(0.05)
    raise AssertionError(f"Not done in {PATIENCE:.0f} seconds.")


def _moment(at: datetime | None) -> float:
    assert at is not None, "a job that is over has begun and ended"
    return at.timestamp()
