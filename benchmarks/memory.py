"""How much memory a worker and its tools hold at most while they work on the heaviest thing that a school has."""

import multiprocessing
import re
import resource
import uuid
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.support.live import School
from veo_workflow.services import open_services
from veo_workflow.settings import Settings

MIB = 1024 * 1024


def at_most(school: School, clip_id: uuid.UUID) -> tuple[float, float]:
    """MiB of the worker itself and of its greediest tool, each at its peak, which need not be the same moment."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as worker:
        return worker.submit(_work, school.services.settings, clip_id).result(600)


def _work(settings: Settings, clip_id: uuid.UUID) -> tuple[float, float]:
    """In a process of its own, with all that a worker imports."""
    import workers.jobs  # noqa: F401
    from veo_workflow.clips.models import Clip, ClipState
    from veo_workflow.clips.processing import process

    services = open_services(settings)
    process(services, clip_id)
    with services.database.reading() as session:
        assert session.get_one(Clip, clip_id).state is ClipState.READY
    return _own_peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / MIB


def _own_peak() -> float:
    """The kernel's other account of it also counts what the process was before it became this program."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found, "Linux says it."
    return int(found[1]) * 1024 / MIB
