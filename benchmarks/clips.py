"""What the pipeline costs over the media commands it plans, and how fast a clip becomes playable."""

import shutil
import statistics
import struct
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import Cost, cost_of
from benchmarks.pipeline import Commands, run_bare
from tests.support.live import School
from veo_workflow.clips.arrival import limits_of
from veo_workflow.clips.models import Clip, ClipState, Purpose
from veo_workflow.clips.processing import process
from veo_workflow.clips.uploads.operations import add_file


@dataclass(frozen=True)
class Pair:
    """A clip from its claim to ready, and the commands for it run bare."""

    whole: Cost
    commands: Commands


def pairs_with_the_bare_commands(
    school: School, source: Path, folder: Path, say: Callable[[str], object], *, pairs: int = 3
) -> list[Pair]:
    """Each goes first in turn: what comes second finds caches warm, and a machine that has grown hot."""
    return list(_pairs(school, source, folder, say, pairs))


def _pairs(school: School, source: Path, folder: Path, say: Callable[[str], object], pairs: int) -> Iterator[Pair]:
    own = shutil.copyfile(source, folder / source.name)
    allowed = limits_of(school.services.settings)
    for pair in range(1, pairs + 1):
        if pair % 2:
            commands = run_bare(own, allowed)
            whole = to_ready(school, another_copy(own, pair))
        else:
            whole = to_ready(school, another_copy(own, pair))
            commands = run_bare(own, allowed)
        say(f"  pair {pair} of {pairs}: {whole.wall:.1f} s over {commands.planned.wall:.1f} s bare")
        yield Pair(whole, commands)


def median(pairs: list[Pair], figure: Callable[[Pair], float]) -> float:
    return statistics.median(map(figure, pairs))


def another_copy(source: Path, n: int) -> Path:
    """The same film in a file of its own: an empty box at its end tells it from the others."""
    copy = source.with_name(f"{source.stem}-{n}{source.suffix}")
    shutil.copyfile(source, copy)
    with copy.open("ab") as file:
        file.write(struct.pack(">I4sQ", 16, b"free", n))
    return copy


def to_ready(school: School, film: Path) -> Cost:
    """From the claim until the clip is ready, in this process."""
    clip_id = add(school, film)
    cost = cost_of(lambda: process(school.services, clip_id))
    with school.services.database.reading() as session:
        clip = session.get_one(Clip, clip_id)
    assert clip.state is ClipState.READY, f"The clip came to be {clip.state}: {clip.reason}"
    return cost


def add(school: School, film: Path) -> uuid.UUID:
    world = school.world
    clip_id = add_file(school.services, world.asha, world.cycle.id, Purpose.PROGRESS, film, lambda _: None, share=True)
    film.unlink()
    return clip_id
