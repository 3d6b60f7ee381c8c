"""Pages that listen for progress have a process of their own behind nginx, so that they starve nobody."""

import contextlib
import http.client
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.live import School, live_school
from tests.support.over_http import Visitor, ask
from tests.support.waiting import wait_until
from tests.support.world import make_clip
from veo_workflow import metrics
from veo_workflow.clips.progress import topic
from veo_workflow.cycles.models import Cycle
from veo_workflow.people.models import Person

PAGES = 200
FEW = 4  # threads of the web process: that many open streams would leave none for anybody


@pytest.fixture(scope="module")
def school(folder: Path) -> Iterator[School]:
    with live_school(folder, workers=0, nginx=True, events=True, web_threads=str(FEW)) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs write what they say."""
    return tmp_path_factory.mktemp("listening")


@contextlib.contextmanager
def listening(school: School, path: str, cookie: dict[str, str]) -> Iterator[http.client.HTTPResponse]:
    """A page's stream, once it has begun."""
    connection = http.client.HTTPConnection(urlsplit(school.origin).netloc, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=cookie)
        answer = connection.getresponse()
        assert answer.readline() == b": listening\n"
        yield answer


@pytest.mark.timeout(300)
def test_two_hundred_pages_listen_while_others_are_served(school: School, folder: Path) -> None:
    services, world = school.services, school.world

    def counted() -> int:
        return metrics.level(services.redis, metrics.OPEN_STREAMS)

    def said() -> tuple[int, list[str]]:
        return counted(), [(folder / log).read_text()[-2000:] for log in ("events.log", "web.log")]

    with services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), session.get_one(Person, world.asha.id))
    path, cookie = f"/api/clips/stream?id={clip.id}", Visitor(school, world.asha).signed_in
    with contextlib.ExitStack() as pages:
        streams = [pages.enter_context(listening(school, path, cookie)) for _ in range(PAGES)]
        assert ask("GET", f"{school.origin}/sign-in").status_code == 200
        wait_until(lambda: counted() == PAGES, instead=said)
        services.events.publish(topic(clip.id), {"canary": 1})
        for stream in streams:
            assert any(b"canary" in line for line in iter(stream.readline, b""))
    wait_until(lambda: counted() == 0, instead=said)


def test_the_room_of_a_review_is_listened_to_there_as_well(school: School) -> None:
    address = f"/api/cycles/{school.world.cycle.id}/room"
    asha, priya = (Visitor(school, person) for person in (school.world.asha, school.world.priya))
    with contextlib.ExitStack() as pages:
        path, cookie = f"{address}/stream", priya.signed_in
        streams = [pages.enter_context(listening(school, path, cookie)) for _ in range(2 * FEW)]
        seat = "01926c3e-7c4a-7000-8000-000000000001"
        assert asha.post(address, json={"deed": "here", "seat": seat}).status_code == 200
        for stream in streams:
            assert any(seat.encode() in line for line in iter(stream.readline, b""))


def test_while_that_process_is_away_the_application_serves_them(tmp_path: Path) -> None:
    with live_school(tmp_path, workers=0, nginx=True, events=True) as school:
        events = _pid_of(tmp_path / "events.log")
        os.kill(events, signal.SIGKILL)
        path = "/api/clips/stream"
        with listening(school, path, Visitor(school, school.world.asha).signed_in):
            pass


def _pid_of(log: Path) -> int:
    """The process that gunicorn's own first line names."""
    found = re.search(r"\[(\d+)\] \[INFO\] Starting gunicorn", log.read_text())
    assert found
    return int(found[1])
