"""How soon a long recording can be watched after its last byte has arrived, over plainly copying the file."""

import os
import shutil
import time
import uuid
from pathlib import Path

from sqlalchemy import select

from benchmarks.measuring import cost_of
from benchmarks.over_http import Visitor
from tests.support.live import School
from veo_workflow.clips import operations
from veo_workflow.clips.models import Clip, ClipState, Rendition, RenditionKind

SIZE = 500_000_000
PATIENCE = 300.0  # seconds: by then a plain copy has been made a hundred times
_OVER = {ClipState.READY, ClipState.FAILED, ClipState.QUARANTINED}


class NoPreview(Exception):
    """Nothing could be watched before the clip was converted, or it came to nothing."""


def over_copying(school: School, film: Path) -> tuple[float, float]:
    """Seconds from the request to complete until there is something to watch, over a copy; and those seconds.

    Through the whole of a running school: web server, queue and worker. Raises NoPreview.
    """
    visitor = Visitor(school, school.world.asha)
    copy = film.with_name(f"copy-of-{film.name}")
    copied = cost_of(lambda: _copy(film, copy)).wall
    copy.unlink()
    upload_id = visitor.send_file(film, school.world.cycle.id)
    began = time.perf_counter()
    visitor.ask("POST", f"/api/uploads/{upload_id}/complete", {})
    clip_id = uuid.UUID(upload_id)
    try:
        seconds = _watchable(school, clip_id) - began
    finally:
        _withdraw(school, clip_id)
    return seconds / copied, seconds


def _watchable(school: School, clip_id: uuid.UUID) -> float:
    """The moment at which the preview's row is there."""
    until = time.perf_counter() + PATIENCE
    wanted = select(Rendition.id).where(Rendition.clip_id == clip_id, Rendition.kind == RenditionKind.PREVIEW)
    while time.perf_counter() < until:
        with school.services.database.reading() as session:
            if session.scalar(wanted):
                return time.perf_counter()
            clip = session.get_one(Clip, clip_id)
            if clip.state in _OVER:
                raise NoPreview(f"The clip came to be {clip.state.value} without a preview before. {clip.reason or ''}")
        time.sleep(0.01)
    raise NoPreview(f"No preview in {PATIENCE:.0f} seconds.")


def _copy(film: Path, copy: Path) -> None:
    """As careful as storing it is: on the disk when this returns."""
    shutil.copyfile(film, copy)
    with copy.open("rb") as file:
        os.fsync(file.fileno())


def _withdraw(school: School, clip_id: uuid.UUID) -> None:
    """The rest of it is of no interest, and the worker is to stop."""
    with school.services.database.transaction() as session:
        operations.withdraw(session, session.get_one(Clip, clip_id), by=school.world.asha)
