"""A file to watch before the conversion has ended: the camera's own picture, copied, on the playback file's time."""

import struct
from collections.abc import Callable
from pathlib import Path

from veo_workflow.media import boxes, graphs, rules, verify
from veo_workflow.media.model import Limits, MediaFailure, Output, Plan, Probe, Sound, Unusable
from veo_workflow.media.run import Task, always, run


def preview(
    source: Path,
    folder: Path,
    facts: Probe,
    limits: Limits,
    *,
    keep_going: Callable[[], bool] = always,
) -> Output | None:
    """Copy picture and sound of `source` into `folder`, without whatever else is in it, but for how it is turned.

    Frame n of the playback file and this one at frame n's middle show the same frame of the camera.  The content type
    names the codecs, for a browser to say whether it plays them.  None where there can be no such file, or where the
    copy is not fit to be shown: nobody's clip fails for want of a preview.  A sound that is not AAC is left out.
    Raises Interrupted.
    """
    plan = rules.plan(facts, limits)
    if not rules.can_preview(facts, plan):
        return None
    path = folder.resolve() / graphs.PREVIEW
    sound = _sound(plan)
    try:
        ended = run(copying(plan, source.resolve(), path.parent), limits, keep_going=keep_going)
        if ended.code:
            raise ended.failure()
        content_type = _finish(path)
        verify.check_preview(path, plan, limits, has_sound=sound is not None)
    except (MediaFailure, Unusable, ValueError, IndexError, struct.error):
        path.unlink(missing_ok=True)
        return None
    return Output("preview", path, content_type, plan.header.width, plan.header.height)


def copying(plan: Plan, source: Path, folder: Path) -> Task:
    """The one command it takes."""
    argv = graphs.preview(plan, source, folder, _sound(plan))
    largest = (64 << 20) + plan.header.size
    return Task(argv, reads=(source,), writes=folder, wall=max(120.0, plan.duration), output_bytes=largest)


def _sound(plan: Plan) -> Sound | None:
    """The first track, where it can be copied."""
    return next((one for one in plan.header.sounds[:1] if one.codec == "aac"), None)


def _finish(path: Path) -> str:
    """Blank what HEVC's header says besides the picture, which no filter reaches; the content type."""
    begin, moov = boxes.read_index(path)
    with path.open("r+b") as file:
        for at, length in boxes.messages(moov):
            file.seek(begin + at)
            file.write(boxes.blank_message(length))
    return f'video/mp4; codecs="{boxes.codecs(moov)}"'
