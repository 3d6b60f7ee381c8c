"""What the pipeline adds to the media commands it plans: the same commands, bare, and a lesson to run both on."""

import subprocess
import time
from pathlib import Path

from tests.support.camera import ffmpeg, film, hevc
from veo_workflow.media import Limits, plan, probe
from veo_workflow.media.convert import gain_for, measuring, tasks
from veo_workflow.media.run import Task

_PART = 6


def make_source(target: Path, *, seconds: int = 60) -> None:
    """A lesson as an iPad films it, HEVC 1080p with quiet sound; a few seconds of it over and over."""
    part = target.with_name(f"part-{target.name}")
    film(part, (1920, 1080), _PART, hevc(9000), sound=[])
    ffmpeg("-stream_loop", seconds // _PART - 1, "-i", part, "-c", "copy", "-t", seconds, target)
    part.unlink()


def bare_commands(source: Path, folder: Path, limits: Limits | None = None) -> float:
    """Wall seconds of the commands planned for `source`, one after the other with nothing around them.

    Same arguments, same sandbox, same limits; looking at the file beforehand is not counted.
    """
    limits = limits or Limits()
    chosen = plan(probe(source, limits), limits)
    sound = chosen.header.sounds[0] if chosen.header.sounds else None
    began = time.perf_counter()
    gain = gain_for(_bare(measuring(chosen, source, sound), limits)) if sound else None
    for task in tasks(chosen, source, folder, sound, gain or 0.0):
        _bare(task, limits)
    return time.perf_counter() - began


def _bare(task: Task, limits: Limits) -> str:
    """Run it, and return what it wrote to its standard error."""
    argv = task.command(limits)
    done = subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return done.stderr
