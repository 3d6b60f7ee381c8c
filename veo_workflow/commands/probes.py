"""Does it answer? The same questions for `veo run`, which waits for a yes, and for `veo doctor`, which reports a no."""

import contextlib
import errno
import http.client
import ipaddress
import socket
import ssl
from pathlib import Path

from redis import Redis, RedisError

from veo_workflow.commands import tls
from veo_workflow.settings import Settings

UPKEEP_BEAT = "veo:beat:upkeep"


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def port_trouble(settings: Settings) -> str | None:
    """Why nothing can listen at this copy's host and port, as the end of a sentence."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((settings.host, settings.port))
        except OSError as error:
            return "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror or error})"
    return None


def web_answers(settings: Settings, timeout: float = 2.0) -> bool:
    host, port = settings.reachable_host, settings.port
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    if settings.tls:
        context = ssl.create_default_context(cafile=str(tls.certificate_path(settings)))
        connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def redis_answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False


def live_workers(redis: Redis) -> list[int]:
    """The process ids of the workers on this machine that RQ has registered and that exist."""
    from rq import Worker

    try:
        workers = Worker.all(connection=redis)
    except RedisError:
        return []
    here = socket.gethostname()
    return [worker.pid for worker in workers if worker.hostname == here and worker.pid and _exists(worker.pid)]


def upkeep_beats(redis: Redis) -> bool:
    try:
        return bool(redis.exists(UPKEEP_BEAT))
    except RedisError:
        return False


def _exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
