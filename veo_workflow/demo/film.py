"""The demo's lesson: drawn classroom scenes, slowly moved past the camera and faded together, with a room's murmur.

Made on first start, so that no film has to be kept in the repository. Invented from end to end: nobody is in it.
"""

import math
from pathlib import Path
from typing import Any

import ffmpeg

from veo_workflow.errors import VeoError
from veo_workflow.media import Limits
from veo_workflow.media.run import Task, run

SCENES = ("entry-then.svg", "whiteboards.svg", "tables.svg", "board.svg", "entry-now.svg")
WIDTH, HEIGHT, RATE = 1280, 720, 30

_FFMPEG = ("ffmpeg", "-nostdin", "-nostats", "-loglevel", "error", "-progress", "pipe:1")
_SHOT = 6.0
_FADE = 0.5
# How large a scene is drawn, in dots across, and from where to where the picture moves in what is left over.
_MOVES = (
    (1440, (0.0, 0.2), (1.0, 0.4)),
    (1920, (0.1, 0.2), (0.7, 0.4)),
    (1440, (1.0, 0.6), (0.2, 0.2)),
    (1760, (0.9, 0.2), (0.3, 0.4)),
)
_MURMUR = (
    # colour of the noise, its band in hertz, how often it swells in hertz and how far, its share
    ("brown", 180, 900, 0.17, 0.6, 1.0),
    ("pink", 300, 1400, 2.7, 0.8, 0.22),
    ("pink", 500, 2200, 4.1, 0.9, 0.12),
)


def make_lesson(target: Path, scenes: Path, *, seconds: float = 60, variant: int = 0) -> None:
    """Write a lesson of `seconds` to `target`, a .mov as an iPad makes it, from the drawings in folder `scenes`.

    `variant` changes the order of the scenes and the way they move. Raises VeoError where no drawing is there, or
    ffmpeg cannot draw them.
    """
    drawings = [scenes / name for name in SCENES if (scenes / name).is_file()]
    if not drawings:
        raise VeoError(f"The demo's drawings are missing: put {SCENES[0]} and its like into {scenes}.")
    target = target.absolute()
    _make(_command(target, drawings, seconds, variant), max(120, 4 * seconds))


def cut_out(target: Path, film: Path, *, start: float, seconds: float) -> None:
    """Write `seconds` of a film from `start` on to `target`, as they stand, encoded no second time.

    Exact to half a second, as far as the film's whole pictures lie apart. Raises VeoError where ffmpeg fails.
    """
    span = ("-ss", str(start), "-t", str(seconds))
    _make((*_FFMPEG, *span, "-i", str(film.absolute()), "-c", "copy", "-y", str(target.absolute())), 120)


def _make(command: tuple[str, ...], wall: float) -> None:
    if run(Task(command, wall=wall, output_bytes=1 << 30), Limits(sandbox=False)).code:
        raise VeoError("The demo lesson could not be made: ffmpeg failed. Run `veo doctor` to see what it lacks.")


def _command(target: Path, drawings: list[Path], seconds: float, variant: int) -> tuple[str, ...]:
    film = ffmpeg.output(
        _picture(drawings, seconds, variant),
        _murmur(seconds, variant),
        str(target),
        format="mov",
        t=seconds,
        movflags="+faststart",
        **{"c:v": "libx264", "preset": "ultrafast", "crf": 22, "maxrate": "5M", "bufsize": "5M", "g": RATE // 2},
        **{"c:a": "aac", "b:a": "96k", "ac": 1, "ar": 48000},
    )
    return tuple(ffmpeg.compile(film, cmd=list(_FFMPEG), overwrite_output=True))


def _picture(drawings: list[Path], seconds: float, variant: int) -> Any:
    shots = max(1, math.ceil((seconds - _FADE) / (_SHOT - _FADE)))
    film = _shot(drawings, 0, variant)
    for number in range(1, shots):
        following = _shot(drawings, number, variant)
        film = ffmpeg.filter([film, following], "xfade", duration=_FADE, offset=number * (_SHOT - _FADE))
    return film.filter("format", "yuv420p").filter("setsar", 1)


def _shot(drawings: list[Path], number: int, variant: int) -> Any:
    """One drawing, drawn once and looked at for a shot's length through a window that glides across it."""
    across, start, end = _MOVES[(number + 2 * variant) % len(_MOVES)]
    drawing = str(drawings[(number + variant) % len(drawings)])
    size = {"width": across, "height": across * HEIGHT // WIDTH, "keep_ar": 0}
    # ffmpeg-python takes equal inputs for one; the offset tells them apart and is undone by `setpts`.
    still = ffmpeg.input(drawing, format="svg_pipe", itsoffset=number, **size)
    glide = f"(1-cos(PI*min(t/{_SHOT},1)))/2"
    left, top = (
        f"(i{side}-o{side})*({start[axis]}+({end[axis] - start[axis]:.2f})*{glide})" for axis, side in enumerate("wh")
    )
    frames = int(_SHOT * RATE)
    return (
        still["v:0"]
        .filter("format", "yuv420p")
        .filter("loop", loop=frames - 1, size=1, start=0)
        .filter("setpts", f"N/({RATE}*TB)")
        .filter("fps", RATE)
        .filter("crop", WIDTH, HEIGHT, left, top)
        .filter("settb", f"1/{RATE}")
    )


def _murmur(seconds: float, variant: int) -> Any:
    """A room in which people work: three bands of noise that swell at the pace of breath, words and syllables."""
    bands = []
    for seed, (colour, low, high, pace, depth, share) in enumerate(_MURMUR):
        noise = ffmpeg.input(
            f"anoisesrc=color={colour}:sample_rate=48000:seed={seed + 10 * variant}:duration={seconds}", format="lavfi"
        )
        band = noise["a"].filter("highpass", f=low).filter("lowpass", f=high)
        bands.append(band.filter("tremolo", f=pace, d=depth).filter("volume", share))
    return ffmpeg.filter(bands, "amix", inputs=len(bands), normalize=0).filter("volume", 0.15)
