"""One frame as a picture, one moment as a film: taken out of a playback file when somebody asks for it.

A playback file starts at time 0, frame n at n / rate, and each of its keyframes begins a closed group (`rules`,
`verify`): that is what makes both exact.
"""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from veo_workflow.media import graphs
from veo_workflow.media.model import Limits, MediaFailure
from veo_workflow.media.probe import read_header, read_packets
from veo_workflow.media.rules import PASS_KEYFRAME_GAP
from veo_workflow.media.run import Task, run

NOT_MADE = "This part of the clip could not be taken out. Reload the page; if it fails again, tell your administrator."

_WALL = 60.0
# Packets are looked for this much further out, in seconds: they are stored up to 16 frames away from their time.
_AROUND = 1.0


def still(source: Path, target: Path, frame: int, rate: Fraction, limits: Limits) -> None:
    """Write frame `frame`, from 0, to `target`: a JPEG whose short side is 720 dots or less, never scaled up.

    `target` lies in a folder of its own. Raises MediaFailure, also where the file has no such frame.
    """
    task = Task(
        graphs.still(source, target, frame, rate),
        reads=(source,),
        writes=target.parent,
        wall=_WALL,
        output_bytes=64 << 20,
    )
    _make(task, target, limits)


def cut(source: Path, target: Path, first: int, last: int, rate: Fraction, limits: Limits) -> None:
    """Write the moment from frame `first` to frame `last` to `target` without encoding anything anew.

    The file begins at the keyframe at or before `first`, and an edit list hides what lies before `first`: time 0 of
    the cut is the moment's first frame. Players were measured to keep to it: in Chromium the first picture was frame
    `first`, and every seek exact, with and without B-frames. So the file says by itself where the moment begins, for a
    reader who has nothing but the file; an offset beside it would get lost. Where the camera used B-frames, the
    pictures that `last` was predicted from follow it: at most a few.

    `target` lies in a folder of its own. Raises MediaFailure.
    """
    header = read_header(source, "mov", limits)
    around = float(first / rate) - PASS_KEYFRAME_GAP - _AROUND, float(last / rate) + _AROUND
    found = read_packets(source, header, limits, within=(max(0.0, around[0]), around[1]))
    begin, end = _start(found.shown, first, rate), _start(found.shown, last, rate)
    task = Task(
        graphs.cut(
            source,
            target,
            keyframe=max((at for at in found.keyframes if at <= begin), default=0.0),
            begin=begin,
            seconds=end - begin + float(Fraction(1, 2) / rate),
            has_sound=bool(header.sounds),
        ),
        reads=(source,),
        writes=target.parent,
        wall=_WALL,
        output_bytes=(1 << 20) + header.size,
    )
    _make(task, target, limits)


def _start(shown: Sequence[float], frame: int, rate: Fraction) -> float:
    """When the frame really starts, in seconds: a camera's frames may be a quarter of one early or late."""
    nearest = min(shown, key=lambda time: abs(time - frame / rate), default=-1.0)
    if abs(nearest * rate - frame) > 0.5:
        raise MediaFailure(NOT_MADE)
    return nearest


def _make(task: Task, target: Path, limits: Limits) -> None:
    ended = run(task, limits)
    if ended.code or not target.exists():
        raise MediaFailure(NOT_MADE, exit_code=ended.code)
