"""gunicorn's settings, read from the same VEO_ variables as everything else."""

import logging
import os
import signal
from typing import Any

from gunicorn.glogging import Logger

from veo_workflow import logs
from veo_workflow.commands import lifeline, tls
from veo_workflow.settings import load

settings = load()

bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
worker_class = "gthread"
workers = settings.web_processes
threads = settings.web_threads
worker_connections = 1000
backlog = 512

# A worker that does not move for this long is killed. Threads at work do not count: an upload may take its time.
timeout = 60
graceful_timeout = settings.drain  # of what is at work; event streams are told to end, see `leave`
keepalive = 30
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - the heartbeat must not touch a disk

control_socket_disable = True
# Nobody stands in front of us, so nobody is believed who says who is.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""

if settings.tls:
    certfile, keyfile = map(str, tls.ensure_certificate(settings))

errorlog = "-"
accesslog = None
loglevel = "info"


class DiscreetLogger(Logger):
    """Leaves the address out of what it says of a failed request: links carry tokens."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        if settings.log == "json":
            for handler in self.error_log.handlers:
                handler.setFormatter(logs.formatter(settings))

    def exception(self, msg: object, *args: Any, **kwargs: Any) -> None:
        if str(msg).startswith("Error handling request"):
            msg, args = "Error handling a request", ()
        super().exception(msg, *args, **kwargs)


logger_class = DiscreetLogger


def on_starting(_arbiter: object) -> None:
    """Import once, before the fork; each worker then opens its own connections."""
    import veo_workflow.app  # noqa: F401


def post_fork(arbiter: Any, _worker: object) -> None:
    lifeline.die_with_parent(arbiter.pid)
    logs.install(settings, logging.INFO if settings.log == "json" else logging.WARNING)


def post_worker_init(worker: Any) -> None:
    """Asked to go, a worker answers what it has been asked, and ends its event streams, which the pages open anew."""
    events = worker.wsgi.extensions["veo"].events

    def leave(number: int, frame: Any) -> None:
        events.end()
        worker.handle_exit(number, frame)

    signal.signal(signal.SIGTERM, leave)
