"""A request's id goes with the clip into the worker; what web and worker say holds nobody's words; both can be stopped.

One school, whose parts say what they do as JSON.
"""

import http.client
import json
import signal
import socket
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.clips.uploads.sending import Sender
from tests.support.camera import ffmpeg
from tests.support.live import GUNICORN, VEO, School, live_school, program
from tests.support.over_http import Visitor, ask
from tests.support.ports import free_port
from tests.support.waiting import wait_until
from tests.support.world import make_cycle
from veo_workflow.clips.models import Clip, ClipState, Job, JobState
from veo_workflow.people.models import Pair, Person

CANARY = "canary-words"
REQUEST = "abcdef0123456789abcdef0123456789"
PART = 64 * 1024
TWO_MINUTES = "120"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("following")


@pytest.fixture(scope="module")
def school(folder: Path) -> Iterator[School]:
    with live_school(folder, workers=0, log="json", proxies="1", part_size=str(PART), drain=TWO_MINUTES) as running:
        yield running


@pytest.fixture
def sender(school: School) -> Sender:
    with school.services.database.transaction() as session:
        pair, asha = session.get_one(Pair, school.world.pair.id), session.get_one(Person, school.world.asha.id)
        cycle = make_cycle(session, pair, asha).id
    return Sender(Visitor(school, school.world.asha), cycle, PART)


def film(folder: Path, seconds: int) -> bytes:
    path = folder / f"{uuid.uuid4().hex}.mp4"
    picture = f"testsrc2=s=320x240:r=30:d={seconds}"
    ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "mpeg4", "-q:v", "12", "-bf", "0", path)
    return path.read_bytes()


def worker(school: School, log: Path) -> Any:
    return program([*VEO, "worker"], school.environment, log, lambda process: process.poll() is None)


def lines(log: Path) -> list[dict[str, Any]]:
    """Each line is an object of its own."""
    return [json.loads(line) for line in log.read_text().splitlines()]


def state_of(school: School, clip: str) -> ClipState:
    with school.services.database.reading() as session:
        return session.get_one(Clip, uuid.UUID(clip)).state


def job_of(school: School, clip: str) -> Job:
    with school.services.database.reading() as session:
        return session.scalars(select(Job).where(Job.clip_id == uuid.UUID(clip))).one()


def test_the_id_follows_the_clip_even_if_the_bell_is_lost_and_no_line_holds_a_word_of_anybody(
    school: School, sender: Sender, folder: Path
) -> None:
    content = film(folder, 2)
    upload = sender.begin(content, name=f"{CANARY}.mov")
    sender.send(upload, content)
    done = sender.client.post(
        f"/api/uploads/{upload}/complete", json={"title": CANARY}, headers={"X-Request-Id": REQUEST}
    )
    assert (done.status_code, done.headers["X-Request-Id"]) == (202, REQUEST)
    ask("GET", f"{school.origin}/welcome/{CANARY}")
    ask("POST", f"{school.origin}/sign-in", f"email={CANARY}@example.org&password={CANARY}".encode())
    school.services.redis.flushall()
    school.services.doorbell.ring("clip", uuid.UUID(upload), 1)
    with worker(school, folder / "following.log"):
        wait_until(lambda: state_of(school, upload) is ClipState.READY, 120)
    assert any(line.get("request") == REQUEST for line in lines(folder / "web.log"))
    assert any(line.get("request") == REQUEST and upload in line["message"] for line in lines(folder / "following.log"))
    assert any(line.get("route") == "people.welcome" for line in lines(folder / "web.log"))
    everything = (folder / "web.log").read_text() + (folder / "following.log").read_text()
    cookie = sender.client.signed_in["Cookie"].partition("=")[2]
    told = [word for word in (CANARY, "Asha", "asha@", "after lunch", cookie) if word in everything]
    assert told == []


def test_a_worker_that_has_to_go_hands_its_clip_to_another(school: School, sender: Sender, folder: Path) -> None:
    upload = sender.whole(film(folder, 120))
    with worker(school, folder / "going.log") as going:
        wait_until(lambda: state_of(school, upload) is ClipState.PROCESSING, 120)
        going.send_signal(signal.SIGTERM)
        going.wait(60)
    job = job_of(school, upload)
    assert (job.state, job.attempts_left, job.attempt) == (JobState.QUEUED, 3, 1)
    assert school.services.redis.llen("rq:queue:clips") == 1, "another worker is called at once"
    assert "handed back" in (folder / "going.log").read_text()
    assert not list((school.services.settings.scratch).iterdir())
    school.services.redis.flushall()
    sender.cancel(upload)


def test_a_web_server_that_has_to_go_answers_what_it_was_asked_and_ends_its_streams(
    school: School, sender: Sender, folder: Path
) -> None:
    """A second web server, in the middle of a part, with a page that listens."""
    port = str(free_port())
    content = sender.film()
    upload = sender.begin(content)
    address = sender.address(upload, 1, PART)
    environment = {**school.environment, "VEO_PORT": port}

    def answers(_process: subprocess.Popen[bytes]) -> bool:
        try:
            return ask("GET", f"http://127.0.0.1:{port}/healthz").status_code == 200
        except OSError:
            return False

    with program(GUNICORN, environment, folder / "second.log", answers) as web:
        where = ("127.0.0.1", int(port))
        stream = http.client.HTTPConnection(*where, timeout=60)
        stream.request("GET", "/api/clips/stream", headers=sender.client.signed_in)
        listening = stream.getresponse()
        assert listening.readline() == b": listening\n"
        with socket.create_connection(where, 60) as line:
            head = f"PUT {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {PART}\r\nConnection: close\r\n\r\n"
            line.sendall(head.encode() + content[: PART // 2])
            web.send_signal(signal.SIGTERM)
            assert b"progress" not in listening.read(), "it ends, though nothing has happened"
            line.sendall(content[PART // 2 : PART])
            answer = http.client.HTTPResponse(line)
            answer.begin()
            assert answer.status == 200
        stream.close()
        assert web.wait(60) == 0
    assert [part["n"] for part in sender.one(upload).json["parts"]] == [1]
