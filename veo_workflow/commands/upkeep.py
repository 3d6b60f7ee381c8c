"""`veo upkeep`: rings lost bells again, reclaims what a dead worker held, and tidies up."""

import logging
import signal
import threading

import click

from veo_workflow import metrics
from veo_workflow.settings import load


@click.command()
def upkeep() -> None:
    """Keep the rows, the queue and the storage in order."""
    from veo_workflow.services import open_services
    from workers.upkeep import run_forever

    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", level=logging.INFO)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    services = open_services(load())
    metrics.keep_in(services.redis)
    run_forever(services, stop)
