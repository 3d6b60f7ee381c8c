"""`veo doctor`: every component, whether it works, and what to do about it where it does not."""

import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import click
from redis import Redis

from veo_workflow import mail, media, migrations
from veo_workflow.commands import data_folder, probes
from veo_workflow.database import Database, new_id
from veo_workflow.errors import VeoError
from veo_workflow.settings import GIB, Settings, load
from veo_workflow.storage.choose import open_storage

MARKS = {"works": "✓", "note": "!", "broken": "✗"}
LOW_DISK = 2 * GIB


@dataclass(frozen=True)
class Finding:
    """One component. A `note` works, or is not running on purpose, but leaves something to be wished for."""

    name: str
    state: Literal["works", "note", "broken"]
    detail: str
    remedy: str = ""


@dataclass(frozen=True)
class Patient:
    """What is examined: a copy that should be running, or one that is at rest."""

    settings: Settings
    redis: Redis
    running: bool

    @property
    def prepared(self) -> bool:
        return self.settings.data.is_dir()


@click.command()
@click.option("--invariants", is_flag=True, help="Look instead whether rows, objects and Redis contradict each other.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a list to read.")
@click.option("--part", help="One component alone, by its name: for something that watches over a container.")
@click.option("--mail", "address", help="Also send a letter to this address.")
def doctor(invariants: bool, as_json: bool, part: str | None, address: str | None) -> None:
    """Examine every component; ends with 1 when one is broken, or when something contradicts."""
    if invariants:
        from veo_workflow.commands.invariants import look  # with every room's rows, which take a moment to import

        sys.exit(0 if look(load(), as_json=as_json) else 1)
    if part is not None and part not in CHECKS:
        raise click.BadParameter(f"there is no {part}; there are {', '.join(CHECKS)}")
    settings = load()
    findings = list(examine(settings, [part] if part else None))
    if address:
        findings.append(_mail(settings, address))
    broken = any(finding.state == "broken" for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": not broken, "components": [asdict(finding) for finding in findings]}, indent=2))
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            click.echo(f"{MARKS[finding.state]} {finding.name:<{width}}  {finding.detail}")
            if finding.remedy:
                click.echo(f"  {'':<{width}}  → {finding.remedy}")
    sys.exit(1 if broken else 0)


def examine(settings: Settings, parts: Sequence[str] | None = None) -> Iterator[Finding]:
    """Each component in turn, or those named; a surprise in one is its finding and does not stop the others."""
    running = data_folder.is_held(settings) or bool(settings.redis_url)
    redis = Redis.from_url(settings.redis, socket_timeout=5, socket_connect_timeout=5)
    patient = Patient(settings, redis, running)
    if parts is None:
        yield from _media(settings)
    if settings.crash_at:
        detail = f"every process dies at {settings.crash_at}"
        yield Finding("crash point", "broken", detail, "Unset VEO_CRASH_AT: it is for tests only.")
    for name in parts or CHECKS:
        try:
            yield CHECKS[name](patient)
        except Exception as error:  # noqa: BLE001 - a doctor who faints helps nobody
            words = error.message if isinstance(error, VeoError) else f"{type(error).__name__}: {error}"
            yield Finding(name, "broken", words.splitlines()[0], "See the logs in the data folder.")


def _python(_patient: Patient) -> Finding:
    fits = (3, 11) <= sys.version_info < (3, 14)
    return Finding(
        "Python",
        "works" if fits else "broken",
        platform.python_version(),
        "" if fits else "Install Python 3.11, 3.12 or 3.13, remove .venv/ and run make setup.",
    )


def _media(settings: Settings) -> Iterator[Finding]:
    """The programs, and the sandbox, without which clips are processed all the same."""
    for fact in media.doctor():
        if fact.name == "sandbox" and settings.sandbox == "off":
            detail = "switched off: limits only, the network is not cut off"
            yield Finding(fact.name, "note", detail, "Leave VEO_SANDBOX unset to use it where it works.")
        elif fact.remedy is None:
            yield Finding(fact.name, "works", fact.value)
        else:
            yield Finding(fact.name, "note" if fact.name == "sandbox" else "broken", fact.value, fact.remedy)


def _redis(patient: Patient) -> Finding:
    redis = patient.redis
    if probes.redis_answers(redis):
        return Finding("Redis", "works", str(redis.info("server")["redis_version"]))
    if not patient.running:
        return _at_rest("Redis")
    remedy = "Start it, or correct VEO_REDIS_URL." if patient.settings.redis_url else _see_log(patient, "redis")
    return Finding("Redis", "broken", "does not answer", remedy)


def _database(patient: Patient) -> Finding:
    database = Database(patient.settings.database)
    kind = database.engine.dialect.name
    if kind == "sqlite" and not Path(str(database.engine.url.database)).exists():
        return _at_rest("database", "not made yet")
    current, newest = migrations.revisions(database.engine)
    if current != newest:
        return Finding("database", "broken", f"{kind} at {current or 'nothing'}, not {newest}", "Run veo migrate.")
    return Finding("database", "works", f"{kind}, revision {current}")


def _storage(patient: Patient) -> Finding:
    if patient.settings.storage == "disk" and not patient.prepared:
        return _at_rest("storage", "not made yet")
    storage, key = open_storage(patient.settings), f"doctor/{new_id()}"
    with tempfile.NamedTemporaryFile() as source:
        source.write(b"veo")
        source.flush()
        storage.put(key, Path(source.name), "text/plain")
    storage.delete(key)
    return Finding("storage", "works", f"{patient.settings.storage}: written and deleted")


def _disk(patient: Patient) -> Finding:
    folder = patient.settings.data
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if not os.access(folder, os.W_OK):
        return Finding("disk", "broken", f"{folder} cannot be written", "Set VEO_DATA to a folder that can.")
    if free < LOW_DISK:
        return Finding("disk", "broken", f"{free / GIB:.1f} GiB free", "Make room: clips need several GiB.")
    return Finding("disk", "works", f"{free / GIB:.0f} GiB free for {patient.settings.data}")


def _worker(patient: Patient) -> Finding:
    if not patient.running:
        return _at_rest("worker")
    workers = probes.live_workers(patient.redis)
    if not workers:
        return Finding("worker", "broken", "none is registered", _see_log(patient, "worker"))
    return Finding("worker", "works", f"{len(workers)} running")


def _upkeep(patient: Patient) -> Finding:
    if not patient.running:
        return _at_rest("upkeep")
    if not probes.upkeep_beats(patient.redis):
        return Finding("upkeep", "broken", "no sign of life", _see_log(patient, "upkeep"))
    return Finding("upkeep", "works", "running")


def _web(patient: Patient) -> Finding:
    settings = patient.settings
    if probes.web_answers(settings):
        return Finding("web", "works", f"answers at {settings.origin}")
    if data_folder.is_held(settings) or settings.redis_url:
        return Finding("web", "broken", f"{settings.origin} does not answer", _see_log(patient, "web"))
    if trouble := probes.port_trouble(settings):
        return Finding("web", "broken", f"port {settings.port} {trouble}", "Set VEO_PORT to another one.")
    return Finding("web", "note", f"not running; port {settings.port} is free", "Start it with make run.")


def _mail(settings: Settings, address: str) -> Finding:
    try:
        mail.send(settings, address, "A letter from Veo", f"Mail from {settings.origin} arrives.\n")
    except mail.MailNotSent as why:
        return Finding("mail", "broken", why.message, why.remedy)
    return Finding("mail", "works", f"{settings.smtp_host} has taken a letter for {address}; see that it arrives")


def _at_rest(name: str, detail: str = "not running") -> Finding:
    return Finding(name, "note", detail, "Start it with make run.")


def _see_log(patient: Patient, name: str) -> str:
    return f"veo run starts it again by itself; if it does not, see {patient.settings.data / 'logs' / name}.log"


CHECKS: dict[str, Callable[[Patient], Finding]] = {
    "Python": _python,
    "Redis": _redis,
    "database": _database,
    "storage": _storage,
    "disk": _disk,
    "worker": _worker,
    "upkeep": _upkeep,
    "web": _web,
}
