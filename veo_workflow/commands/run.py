"""`veo run`: everything one school needs, started by one command and stopped by one signal."""

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from redis import Redis

from veo_workflow.commands import data_folder, probes
from veo_workflow.commands.supervisor import Program, Stopped, Supervisor
from veo_workflow.errors import VeoError
from veo_workflow.settings import Settings, load

if TYPE_CHECKING:
    from veo_workflow.demo.school import DemoSchool

CONFIG = Path(__file__).resolve().parents[2] / "config"
NEEDED = {"ffmpeg": "ffmpeg", "ffprobe": "ffmpeg", "redis-server": "redis-server"}  # program → Debian's package
OFF = {"0", "no", "off", "false"}
VEO = (sys.executable, "-m", "veo_workflow")


class CannotStart(VeoError):
    """Something outside has to change first; the message names it."""


@click.command()
def run() -> None:
    """Start everything, print the address, and keep it running until Ctrl-C."""
    settings = load()
    _check_programs(settings)
    os.umask(0o077)
    data_folder.prepare(settings)
    lock = data_folder.hold(settings)
    if trouble := probes.port_trouble(settings):
        raise CannotStart(f"Port {settings.port} on {settings.host} {trouble}; set VEO_PORT to another one.")
    _warn_of_listeners(settings)
    environment = {**os.environ, "TMPDIR": str(settings.scratch), "PYTHONUNBUFFERED": "1"}
    try:
        with Supervisor(settings.data / "logs", _say, environment) as supervisor:
            _start(supervisor, settings, lock)
            supervisor.watch()
    except Stopped:
        _say("Stopped.")
    finally:
        os.close(lock)


def _start(supervisor: Supervisor, settings: Settings, lock: int) -> None:
    began = time.monotonic()
    _say(f"Data folder: {settings.data}")
    redis = _start_redis(supervisor, settings, lock)
    _migrate(settings)
    if settings.tls:
        from veo_workflow.commands import tls

        tls.ensure_certificate(settings)
    redis.delete(probes.UPKEEP_BEAT)  # a beat of the run before us is no sign of life
    for program in _programs(settings, redis):
        supervisor.start(program)
    _say("Starting web, worker and upkeep")
    welcome = _first_people(settings)
    supervisor.wait_until_ready()
    _say(f"All of it answers after {time.monotonic() - began:.1f} s. Ctrl-C stops it.")
    _say(f"\nReady: {settings.origin}\n")
    welcome()


def _start_redis(supervisor: Supervisor, settings: Settings, lock: int) -> Redis:
    if settings.redis_url:
        redis = Redis.from_url(settings.redis_url, socket_timeout=5, socket_connect_timeout=5)
        if not probes.redis_answers(redis):
            raise CannotStart("The Redis that VEO_REDIS_URL names does not answer; start it or correct the address.")
        return redis
    socket = data_folder.place_socket(settings)
    redis = Redis(unix_socket_path=str(socket), socket_timeout=5)
    folder = settings.data / "redis"
    supervisor.start(
        Program(
            "redis",
            ["redis-server", str(CONFIG / "redis.conf"), "--dir", str(folder), "--unixsocket", str(socket)],
            answers=lambda _pid: probes.redis_answers(redis),
            grace=3.0,
            stop_last=True,
            when_orphaned=signal.SIGTERM,
            inherits=(lock,),  # the data folder is free only once Redis has let go of its files
        )
    )
    supervisor.wait_until_ready(20)
    return redis


def _migrate(settings: Settings) -> None:
    from veo_workflow.commands.migrate import upgrade
    from veo_workflow.database import Database

    database = Database(settings.database)
    before, after = upgrade(database)
    database.engine.dispose()
    if before != after:
        _say(f"Database prepared (revision {after})")


def _programs(settings: Settings, redis: Redis) -> list[Program]:
    web = Program(
        "web",
        [sys.executable, "-m", "gunicorn", "-c", str(CONFIG / "gunicorn.py"), "veo_workflow.app:create_app()"],
        answers=lambda _pid: probes.web_answers(settings),
    )
    names = ["worker"] if settings.workers == 1 else [f"worker-{n}" for n in range(1, settings.workers + 1)]
    workers = [Program(name, [*VEO, "worker"], answers=lambda pid: pid in probes.live_workers(redis)) for name in names]
    upkeep = Program("upkeep", [*VEO, "upkeep"], answers=lambda _pid: probes.upkeep_beats(redis))
    return [web, *workers, upkeep]


def _first_people(settings: Settings) -> Callable[[], None]:
    """Make the demo school or, without one, an invitation for the first administrator; what to print once ready."""
    from veo_workflow.services import open_services

    services = open_services(settings)
    if os.environ.get("DEMO", "1").lower() in OFF:
        from veo_workflow.pages.beginning import first_administrator_link

        with services.database.transaction() as session:
            token = first_administrator_link(session)
        link = f"{settings.origin}/begin/{token}"
        return lambda: _say(f"Make your school here; the link is good once: {link}") if token else None
    from veo_workflow.demo.school import ensure_demo

    demo = ensure_demo(services, _say)
    return lambda: _print_accounts(demo)


def _print_accounts(demo: "DemoSchool") -> None:
    accounts = demo.accounts
    name, email = (max(len(getattr(account, column)) for account in accounts) for column in ("name", "email"))
    for account in accounts:
        _say(f"  {account.name:<{name}}  {account.email:<{email}}  {account.password}  {', '.join(account.roles)}")


def _check_programs(settings: Settings) -> None:
    for program, package in NEEDED.items():
        if shutil.which(program) is None and not (program == "redis-server" and settings.redis_url):
            raise CannotStart(f"{program} is missing; install it with: apt-get install {package}")


def _warn_of_listeners(settings: Settings) -> None:
    if not settings.tls and not settings.proxies and not probes.is_loopback(settings.host):
        _say(
            f"Warning: {settings.host} is served without encryption, and people on other machines cannot sign in; "
            "set VEO_TLS=1."
        )


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # whoever was reading may have gone, which must not keep us from stopping
        click.echo(line)
