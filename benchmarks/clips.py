"""What the pipeline costs over the media commands it plans, and how fast a clip becomes playable."""

import shutil
import statistics
import struct
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from benchmarks.pipeline import bare_commands, make_source
from tests.support.live import School
from veo_workflow.clips.models import Clip, ClipState, Purpose
from veo_workflow.clips.processing import process
from veo_workflow.clips.uploads.operations import add_file


def over_the_bare_commands(
    school: School, folder: Path, say: Callable[[str], object], *, seconds: int = 60, pairs: int = 3
) -> tuple[float, float]:
    """Median over alternating pairs of claim-to-ready over the commands run bare, and median seconds to ready."""
    source = folder / "lesson.mov"
    make_source(source, seconds=seconds)
    ratios, walls = [], []
    for pair in range(1, pairs + 1):
        # Each goes first in turn: what comes second finds caches warm, and a machine that has grown hot.
        if pair % 2:
            bare, wall = _bare(source), to_ready(school, another_copy(source, pair))
        else:
            wall, bare = to_ready(school, another_copy(source, pair)), _bare(source)
        say(f"  pair {pair} of {pairs}: {wall:.1f} s over {bare:.1f} s bare")
        ratios.append(wall / bare)
        walls.append(wall)
    return statistics.median(ratios), statistics.median(walls)


def _bare(source: Path) -> float:
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        return bare_commands(source, Path(folder))


def another_copy(source: Path, n: int) -> Path:
    """The same film in a file of its own: an empty box at its end tells it from the others."""
    copy = source.with_name(f"{source.stem}-{n}{source.suffix}")
    shutil.copyfile(source, copy)
    with copy.open("ab") as file:
        file.write(struct.pack(">I4sQ", 16, b"free", n))
    return copy


def to_ready(school: School, film: Path) -> float:
    """Seconds from the claim until the clip is ready, in this process."""
    clip_id = add(school, film)
    began = time.perf_counter()
    process(school.services, clip_id)
    wall = time.perf_counter() - began
    with school.services.database.reading() as session:
        clip = session.get_one(Clip, clip_id)
    assert clip.state is ClipState.READY, f"The clip came to be {clip.state}: {clip.reason}"
    return wall


def add(school: School, film: Path) -> uuid.UUID:
    world = school.world
    clip_id = add_file(school.services, world.asha, world.cycle.id, Purpose.PROGRESS, film, lambda _: None, share=True)
    film.unlink()
    return clip_id
