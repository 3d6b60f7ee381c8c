"""`veo events`: the same application in one process with many threads, for pages that listen for progress."""

import os
import sys
from pathlib import Path

import click

from veo_workflow.settings import load

CONFIG = Path(__file__).resolve().parents[2] / "config"
SPARE_THREADS = 100  # for pages that are turned away, and for those who watch over it


@click.command()
def events() -> None:
    """Serve progress to many pages at once; nginx sends them here."""
    settings = load()
    os.environ["VEO_STREAMS_PER_PROCESS"] = str(settings.events_streams)
    bind = f"[{settings.host}]" if ":" in settings.host else settings.host
    os.execv(  # noqa: S606
        sys.executable,
        [
            *(sys.executable, "-m", "gunicorn", "-c", str(CONFIG / "gunicorn.py")),
            *("--bind", f"{bind}:{settings.events_port}"),
            *("--workers", "1", "--threads", str(settings.events_streams + SPARE_THREADS)),
            "veo_workflow.app:create_app()",
        ],
    )
