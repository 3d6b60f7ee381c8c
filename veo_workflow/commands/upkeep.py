"""`veo upkeep`: rings lost bells again, reclaims what a dead worker held, and tidies up."""

import signal
import threading

import click

from veo_workflow import logs, metrics
from veo_workflow.settings import load


@click.command()
def upkeep() -> None:
    """Keep the rows, the queue and the storage in order."""
    from veo_workflow.services import open_services
    from workers.upkeep import run_forever

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = load()
    logs.install(settings)
    services = open_services(settings)
    metrics.keep_in(services.redis)
    run_forever(services, stop)
