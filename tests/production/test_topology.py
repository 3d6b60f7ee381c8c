"""The production form, whole: a film goes from upload to playback while a web server and a worker are killed."""

import http.client
import json
import os
import signal
import socket
import struct
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from tests.clips.uploads.sending import Sender
from tests.production.topology import PART, Process, Production, production
from tests.support.camera import ffmpeg
from tests.support.figures import figures
from tests.support.over_http import Visitor, ask
from tests.support.swift_s3 import Store
from tests.support.waiting import wait_until
from veo_workflow.clips.models import Clip, ClipState, Job, JobState, Rendition
from veo_workflow.commands import lifeline

pytestmark = pytest.mark.timeout(600)  # everything there is has to start


@pytest.fixture(scope="module")
def running(swift: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    with production(tmp_path_factory.mktemp("production"), swift) as form:
        yield form


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A minute that has to be converted, and as much of nothing after it as makes three parts."""
    path = tmp_path_factory.mktemp("film") / "lesson.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240:r=30:d=60", "-c:v", "mpeg4", "-q:v", "12", "-bf", "0", path)
    content = path.read_bytes()
    nothing = 2 * PART + 1000 - len(content)
    assert nothing > 8, "the film alone is larger"
    return content + struct.pack(">I4s", nothing, b"free") + bytes(nothing - 8)


class Page:
    """An open page that listens for progress; what it hears is in `heard`."""

    def __init__(self, origin: str, clip: str, cookie: dict[str, str]) -> None:
        self.heard: list[dict[str, Any]] = []
        self._connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=120)
        self._connection.request("GET", f"/api/clips/stream?id={clip}", headers=cookie)
        self._answer = self._connection.getresponse()
        assert self._answer.readline() == b": listening\n"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in iter(self._answer.readline, b""):
            if line.startswith(b"data: "):
                self.heard.append(json.loads(line.removeprefix(b"data: ")))


def at_work(workers: list[Process]) -> Process | None:
    """The worker that has a job, which is a child of it."""
    return next((each for each in workers if lifeline.children_of(each.pid)), None)


def nobody_listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
    except ConnectionRefusedError:
        return True
    return False


def clip_of(running: Production, clip: str) -> Clip:
    with running.school.services.database.reading() as session:
        return session.get_one(Clip, uuid.UUID(clip))


def routes(log: Path) -> set[str]:
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return {line["route"] for line in lines if "route" in line}


def test_a_film_arrives_and_plays_although_a_web_server_and_a_worker_are_killed(
    running: Production, film: bytes
) -> None:
    school, services = running.school, running.school.services
    asha = Visitor(school, school.world.asha)
    sender = Sender(asha, school.world.cycle.id, PART)
    upload = sender.begin(film)
    sender.send(upload, film, only=[1])
    os.kill(running.processes["web-1"].pid, signal.SIGKILL)
    wait_until(lambda: nobody_listens(running.ports["web-1"]))  # its children go when they notice
    sender.send(upload, film, only=[2, 3])
    page = Page(school.origin, upload, asha.signed_in)
    assert sender.complete(upload).status_code == 202

    wait_until(lambda: clip_of(running, upload).state is ClipState.PROCESSING, 120)
    killed = at_work(running.workers)
    assert killed, "the film was converted before its worker could be killed"
    os.kill(killed.pid, signal.SIGKILL)
    wait_until(lambda: clip_of(running, upload).state is ClipState.READY, 240)

    wait_until(lambda: bool(page.heard) and page.heard[-1]["state"] == "ready", 60)
    assert {"converting", "ready"} <= {news["stage"] for news in page.heard}
    assert "clips.stream" in routes(running.folder / "events.log")
    with services.database.reading() as session:
        job = session.scalars(select(Job).where(Job.clip_id == uuid.UUID(upload))).one()
        keys = set(session.scalars(select(Rendition.key).where(Rendition.clip_id == uuid.UUID(upload))))
    assert job.state is JobState.DONE
    assert job.attempt >= 2
    wait_until(lambda: {each.key for each in services.storage.list(f"clips/{upload}/")} == keys, 60)
    assert list(services.storage.list(f"uploads/{upload}/")) == [], "the original has gone"

    address = f"/media/{upload}/playback"
    first = asha.get(address, headers={"Range": "bytes=0-99"})
    size = int(first.headers["Content-Range"].rpartition("/")[2])
    rest = asha.get(address, headers={"Range": f"bytes=100-{size - 1}"})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.data[4:8] == b"ftyp"
    assert len(first.data) + len(rest.data) == size
    other = Visitor(school, school.world.tess).get(address, headers={"Range": "bytes=0-99"})
    assert other.status_code == 404

    def counted(name: str, labels: str) -> float:
        """By any process, asked of the web server that is left."""
        told = ask("GET", f"http://127.0.0.1:{running.ports['web-2']}/metrics")
        return figures(told.data.decode()).get((name, labels), 0)

    wait_until(lambda: counted("veo_job_seconds_count", "stage=publishing") >= 1, 60)
    wait_until(lambda: counted("veo_requests_total", "route=clips.stream status=200") >= 1, 60)
    wait_until(lambda: counted("veo_jobs", "state=waiting") == 0, 60)
