"""What it costs to ask, for each range of a film, whether this very person may see it: over a view that asks nothing.

Both stand behind an nginx of their own with config/nginx.conf, both are gunicorn with config/gunicorn.py, and both
answer with the same X-Accel-Redirect, so that nginx sends the same bytes from the same disk.
"""

import contextlib
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response
from sqlalchemy import select

from benchmarks.measuring import in_turns
from benchmarks.ranges import reader
from tests.support.live import School, live_school, program
from tests.support.nginx import filled_in, private_nginx
from tests.support.ports import free_port
from tests.support.postgres import private_postgres
from veo_workflow import settings
from veo_workflow.clips.delivery import OBJECTS
from veo_workflow.clips.models import Clip, Rendition, RenditionKind
from veo_workflow.commands.probes import web_answers
from veo_workflow.services import open_services

FILM = "VEO_BENCH_FILM"
EMPTY = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "benchmarks.authorising:empty_app()"]
WARM, PAIRS = 60, 600


def empty_app() -> Flask:
    """One view, which leads whoever asks to one film and asks nothing."""
    app = Flask(__name__)
    app.extensions["veo"] = open_services(settings.load())  # gunicorn ends its event streams when it goes
    app.add_url_rule("/healthz", "healthz", lambda: "")

    @app.get("/media/<uuid:clip_id>/playback")
    def film(clip_id: object) -> Response:
        return Response(mimetype="video/mp4", headers={"X-Accel-Redirect": f"{OBJECTS}/{os.environ[FILM]}"})

    return app


@dataclass(frozen=True)
class Cost:
    """A range with the full check over one without; both in milliseconds, at the median."""

    ratio: float
    full_ms: float
    empty_ms: float


@contextlib.contextmanager
def as_in_production(folder: Path) -> Iterator[School]:
    """PostgreSQL, and nginx in front."""
    with private_postgres() as url, live_school(folder, workers=0, nginx=True, database_url=url) as school:
        yield school


def over_empty(school: School, clip: Clip, folder: Path) -> Cost:
    """A range of 256 KB, read by the coach, at both in turns."""
    with _empty_beside(school, clip, folder) as origin:
        full, empty = reader(school, clip), reader(school, clip, origin)
        taken: dict[Callable[[int], float], list[float]] = {full: [], empty: []}

        def timed(read: Callable[[int], float]) -> float:
            taken[read].append(read(0))
            return taken[read][-1]

        in_turns(lambda: timed(full), lambda: timed(empty), pairs=WARM)
        for each in taken.values():
            each.clear()
        ratio = in_turns(lambda: timed(full), lambda: timed(empty), pairs=PAIRS)
    return Cost(ratio, 1000 * statistics.median(taken[full]), 1000 * statistics.median(taken[empty]))


@contextlib.contextmanager
def _empty_beside(school: School, clip: Clip, folder: Path) -> Iterator[str]:
    """The origin of an nginx before the empty application, which sends the clip's own film."""
    with school.services.database.reading() as session:
        wanted = select(Rendition.key).where(Rendition.clip_id == clip.id, Rendition.kind == RenditionKind.PLAYBACK)
        key = str(session.scalar(wanted))
    beside = school.services.settings.model_copy(update={"port": free_port()})
    environment = {**school.environment, "VEO_PORT": str(beside.port), FILM: key}
    port = free_port()
    origin = f"127.0.0.1:{port}"
    conf = filled_in(application=f"{beside.host}:{beside.port}", data=beside.data, listen=origin)
    with (
        program(EMPTY, environment, folder / "empty.log", lambda _: web_answers(beside)),
        private_nginx(folder / "nginx-of-empty", conf, port),
    ):
        yield f"http://{origin}"
