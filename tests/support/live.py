"""A whole school as it really runs, seen from outside: gunicorn, a worker, Redis, and people who can sign in.

Where a test asks for it nginx stands in front, and the footage is in a bucket of a real store.
"""

import contextlib
import functools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from tests.support.nginx import NOWHERE, filled_in, private_nginx
from tests.support.ports import free_port
from tests.support.redis import private_redis
from tests.support.swift_s3 import Store
from tests.support.world import PASSWORD, World, make_world
from veo_workflow.app import flask_config
from veo_workflow.commands import probes
from veo_workflow.migrations import migrate
from veo_workflow.people import operations as people
from veo_workflow.people.models import Person
from veo_workflow.services import Services, open_services
from veo_workflow.settings import Settings

HERE = Path(__file__).resolve().parents[2]
GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "veo_workflow.app:create_app()"]
VEO = [sys.executable, "-m", "veo_workflow"]
START_SECONDS = 60.0
STOP_SECONDS = 30.0


@dataclass(frozen=True)
class School:
    """A running copy: `origin` is its address, `environment` what its programs were started with."""

    services: Services
    world: World
    origin: str
    environment: dict[str, str]

    def cookie(self, person: Person) -> tuple[str, str]:
        """Name and value of the cookie of a browser in which the person is signed in."""
        with self.services.database.transaction() as session:
            token = people.open_sign_in(session, session.get_one(Person, person.id))
        name, signer = self._cookies
        return name, str(signer.dumps({"_user_id": token, "_fresh": True}))

    @functools.cached_property
    def _cookies(self) -> tuple[str, URLSafeTimedSerializer]:
        """Their name and who signs them.

        No application of the school is built for that: this process would then be one of those that count for it.
        """
        app = Flask(__name__)
        app.config.update(flask_config(self.services.settings))
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signer is not None, "without a secret key nobody can sign in"
        return str(app.config["SESSION_COOKIE_NAME"]), signer

    def give_password(self, *persons: Person) -> str:
        """Lets them sign in by hand; returns their password."""
        with self.services.database.transaction() as session:
            for person in persons:
                people.set_password(session, session.get_one(Person, person.id), PASSWORD)
        return PASSWORD

    def veo(self, *arguments: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """The command line of this copy."""
        command = [*VEO, *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=HERE, capture_output=True, text=True, timeout=seconds, check=False
        )


@contextlib.contextmanager
def live_school(
    folder: Path,
    *,
    workers: int = 1,
    tls: bool = False,
    nginx: bool = False,
    events: bool = False,
    store: Store | None = None,
    **other: str,
) -> Iterator[School]:
    """A school in `folder`, for as long as the block; `other` are more settings, named as their variables.

    With `nginx` its origin is that of a real nginx; with a `store`, which needs one, the footage is in its last
    bucket; with `events`, which nginx has to lead to, those who listen have a process of their own.  What the programs
    say is in `folder`, a file each.
    """
    front = _behind_nginx(store) if nginx or store else {}
    with private_redis() as redis_url, contextlib.ExitStack() as running:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("VEO_")},
            "VEO_DATA": str(folder / "var"),
            "VEO_REDIS_URL": redis_url,
            "VEO_SECRET_KEY": "not a secret: for tests only",
            "VEO_PORT": str(free_port()),
            "VEO_EVENTS_PORT": str(free_port()),
            "VEO_TLS": "1" if tls else "0",
            "VEO_WEB_PROCESSES": "1",
            "VEO_WEB_THREADS": "32",
            **front,
            **as_environment(other),
        }
        settings = _settings(environment)
        settings.data.mkdir(parents=True)
        listening = settings.model_copy(update={"port": settings.events_port})
        services = open_services(settings)
        running.callback(services.database.engine.dispose)
        migrate(services.database.engine)

        def listens(worker: subprocess.Popen[bytes]) -> bool:
            return worker.pid in probes.live_workers(services.redis)

        school = School(services, make_world(services), settings.origin, environment)
        running.enter_context(
            program(GUNICORN, environment, folder / "web.log", lambda _: probes.web_answers(settings))
        )
        for n in range(workers):
            running.enter_context(program([*VEO, "worker"], environment, folder / f"worker-{n}.log", listens))
        if events:
            running.enter_context(
                program([*VEO, "events"], environment, folder / "events.log", lambda _: probes.web_answers(listening))
            )
        if front:
            running.enter_context(_nginx_before(settings, folder / "nginx", events=events))
        yield school


def _behind_nginx(store: Store | None) -> dict[str, str]:
    """The settings of a school with an nginx in front that is yet to be started."""
    origin = f"http://127.0.0.1:{free_port()}"
    behind = {"VEO_NGINX": "1", "VEO_PROXIES": "1", "VEO_PUBLIC_ORIGIN": origin}
    if store is None:
        return behind
    return behind | as_environment(store.settings(store.buckets[-1], public_origin=origin))


def as_environment(settings: dict[str, Any]) -> dict[str, str]:
    """Settings by the names of their variables."""
    return {f"VEO_{name.upper()}": str(value) for name, value in settings.items()}


def _nginx_before(settings: Settings, folder: Path, *, events: bool) -> contextlib.AbstractContextManager[None]:
    listen = urlsplit(settings.origin)
    assert listen.port
    conf = filled_in(
        application=f"{settings.host}:{settings.port}",
        events=f"{settings.host}:{settings.events_port}" if events else None,
        data=settings.data,
        listen=listen.netloc,
        store=settings.s3_endpoint or NOWHERE,
        bucket=settings.s3_bucket or "none",
    )
    return private_nginx(folder, conf, listen.port)


def _settings(environment: dict[str, str]) -> Settings:
    """Read as the programs will read them."""
    given = {name.removeprefix("VEO_").lower(): value for name, value in environment.items() if name.startswith("VEO_")}
    return Settings.model_validate(given)


@contextlib.contextmanager
def program(
    command: list[str], environment: dict[str, str], log: Path, answers: Callable[[subprocess.Popen[bytes]], bool]
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that answers by the time the block begins and has ended after it."""
    with log.open("wb") as said:
        process = subprocess.Popen(command, env=environment, cwd=HERE, stdout=said, stderr=said)
        try:
            _wait_for(process, answers, log)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(process: subprocess.Popen[bytes], answers: Callable[[subprocess.Popen[bytes]], bool], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while not answers(process):
        assert process.poll() is None, f"It ended before it answered:\n{log.read_text()}"
        assert time.monotonic() < until, f"No answer in {START_SECONDS:.0f} seconds:\n{log.read_text()}"
        time.sleep(0.05)
