"""The production form as real processes: what docker-compose.yml starts, with Swift in Garage's place."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.live import GUNICORN, VEO, School, as_environment, program
from tests.support.nginx import filled_in, private_nginx
from tests.support.over_http import ask
from tests.support.ports import free_port
from tests.support.postgres import private_postgres
from tests.support.redis import private_redis
from tests.support.swift_s3 import Store
from tests.support.world import make_world
from veo_workflow.commands import probes
from veo_workflow.services import open_services
from veo_workflow.settings import MIB, Settings

PART = 5 * MIB  # a store joins no smaller ones
WORKERS = 3

Process = subprocess.Popen[bytes]


@dataclass(frozen=True)
class Production:
    """The school behind nginx, its processes by name, and the folder with what they say, a file each."""

    school: School
    processes: dict[str, Process]
    ports: dict[str, int]
    folder: Path

    @property
    def workers(self) -> list[Process]:
        return [process for name, process in self.processes.items() if name.startswith("worker")]


@contextlib.contextmanager
def production(folder: Path, store: Store) -> Iterator[Production]:
    """PostgreSQL, Redis, the store, nginx; two web servers, events, three workers, two upkeeps."""
    ports = {name: free_port() for name in ("nginx", "web-1", "web-2", "events")}
    origin = f"http://127.0.0.1:{ports['nginx']}"
    with private_postgres() as database_url, private_redis() as redis_url, contextlib.ExitStack() as running:
        shared = {
            **{name: value for name, value in os.environ.items() if not name.startswith("VEO_")},
            "VEO_DATA": str(folder / "var"),
            "VEO_DATABASE_URL": database_url,
            "VEO_REDIS_URL": redis_url,
            "VEO_SECRET_KEY": "not a secret: for tests only",
            "VEO_LOG": "json",
            "VEO_PUBLIC_ORIGIN": origin,
            **as_environment(store.settings(store.buckets[-1], public_origin=origin)),
            "VEO_PART_SIZE": str(PART),
            "VEO_WEB_PROCESSES": "1",
            "VEO_EVENTS_PORT": str(ports["events"]),
            "VEO_LEASE": "10",
            "VEO_LEASE_RENEWAL": "2",
            "VEO_UPKEEP_INTERVAL": "2",
        }
        given = {name[4:].lower(): value for name, value in shared.items() if name.startswith("VEO_")}
        services = open_services(Settings.model_validate(given))
        running.callback(services.database.engine.dispose)
        subprocess.run([*VEO, "migrate"], env=shared, check=True, capture_output=True)
        processes: dict[str, Process] = {}

        def start(name: str, command: list[str], environment: dict[str, str]) -> None:
            def answers(process: Process) -> bool:
                if name in ports:
                    return _is_ready(ports[name])
                if name.startswith("worker"):
                    return process.pid in probes.live_workers(services.redis)
                return probes.upkeep_beats(services.redis)

            processes[name] = running.enter_context(program(command, environment, folder / f"{name}.log", answers))

        for name in ("web-1", "web-2"):
            start(name, GUNICORN, {**shared, "VEO_PORT": str(ports[name])})
        start("events", [*VEO, "events"], shared)
        for n in range(1, WORKERS + 1):
            start(f"worker-{n}", [*VEO, "worker"], shared)
        for n in (1, 2):
            start(f"upkeep-{n}", [*VEO, "upkeep"], shared)
        conf = filled_in(
            application=f"127.0.0.1:{ports['web-1']}; server 127.0.0.1:{ports['web-2']}",
            events=f"127.0.0.1:{ports['events']}",
            data=folder / "var",
            listen=f"127.0.0.1:{ports['nginx']}",
            store=store.endpoint,
            bucket=store.buckets[-1],
        )
        running.enter_context(private_nginx(folder / "nginx", conf, ports["nginx"]))
        yield Production(School(services, make_world(services), origin, shared), processes, ports, folder)


def _is_ready(port: int) -> bool:
    try:
        return ask("GET", f"http://127.0.0.1:{port}/readyz").status_code == 200
    except OSError:
        return False
