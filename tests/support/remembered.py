"""What a tool has once made of some bytes is laid there again whenever it is asked the same of the same bytes.

For tests in which a film only has to be there, and which would otherwise have the same one converted a hundred times.
All that is not a tool's process is as ever: every command is put together, its answer read, what it wrote looked at.
Tests of the media tools themselves, and those that stop or kill one half-way, let them run.
"""

import contextlib
import hashlib
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

from veo_workflow import media
from veo_workflow.media.model import Limits
from veo_workflow.media.run import Ended, Task, always, run

assert media.__doc__, "importing it makes the modules below known"

_ASKING = [sys.modules[f"veo_workflow.media.{name}"] for name in ("convert", "preview", "probe", "stills")]
_ANSWER = "answer"  # beside the files that the tool wrote: the lines it said


@contextlib.contextmanager
def remembered(folder: Path) -> Iterator[None]:
    """For as long as the block, in this process; `folder` may be shared with others, and dies with the session."""

    def ask(
        task: Task,
        limits: Limits,
        *,
        on_line: Callable[[bytes], bool] | None = None,
        keep_going: Callable[[], bool] = always,
    ) -> Ended:
        kept = folder / _recipe(task, limits)
        if not kept.exists():
            return _ask_and_keep(kept, task, limits, on_line, keep_going)
        for path in kept.iterdir():
            if path.name != _ANSWER and task.writes:
                shutil.copyfile(path, task.writes / path.name)
        for line in pickle.loads((kept / _ANSWER).read_bytes()):  # noqa: S301 -- pickled below, by ourselves
            if on_line:
                on_line(line)
        return Ended(0, "")

    folder.mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        for module in _ASKING:
            stack.enter_context(mock.patch.object(module, "run", ask))
        yield


def _recipe(task: Task, limits: Limits) -> str:
    """A name for the command, the limits it runs under and the bytes it may read, wherever those lie."""
    places = {str(path): f"<read {n}>" for n, path in enumerate(task.reads)}
    places |= {str(task.writes): "<written>"} if task.writes else {}
    asked = hashlib.sha256(repr((limits, task.wall, task.output_bytes)).encode())
    for word in task.argv:
        for place, name in places.items():
            word = word.replace(place, name)
        asked.update(b"\0" + word.encode())
    for path in [*task.reads, *sorted(_files(task))]:
        asked.update(hashlib.sha256(path.read_bytes()).digest())
    return asked.hexdigest()


def _files(task: Task) -> dict[Path, int]:
    """What lies in the folder for what is written, and when it was."""
    return {path: path.stat().st_mtime_ns for path in task.writes.iterdir() if path.is_file()} if task.writes else {}


def _ask_and_keep(
    kept: Path, task: Task, limits: Limits, on_line: Callable[[bytes], bool] | None, keep_going: Callable[[], bool]
) -> Ended:
    """A failure is not kept, nor what the tool complained of: it then runs each time."""
    said: list[bytes] = []

    def hear(line: bytes) -> bool:
        said.append(line)
        return on_line is None or on_line(line)

    before = _files(task)
    ended = run(task, limits, on_line=hear, keep_going=keep_going)
    if ended == Ended(0, ""):
        making = Path(tempfile.mkdtemp(dir=kept.parent))
        for path, written in _files(task).items():
            if before.get(path) != written:
                shutil.copyfile(path, making / path.name)
        (making / _ANSWER).write_bytes(pickle.dumps(said))
        with contextlib.suppress(OSError):  # somebody else has kept it meanwhile
            making.rename(kept)
    return ended
