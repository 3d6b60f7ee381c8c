"""Photos and PDFs made anew: nothing that was hidden in the file that came is in the one that is kept.

The work is done by `remake.py` in a process of its own, in the sandbox that ffmpeg runs in: what arrives is hostile
until it has been through.
"""

import dataclasses
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veo_workflow.media.model import Limits, MediaFailure, Unusable
from veo_workflow.media.run import Task, run

MIB = 1024 * 1024
LARGEST = 20 * MIB  # bytes of a file, as it comes and as it is kept
MEMORY = 2048 * MIB  # address space of the process that makes it anew
SECONDS = 40

SENTENCES = {
    "empty": "This file is empty. Choose another one.",
    "too_large": f"This file is larger than {LARGEST // MIB} MB. Choose a smaller one, or fewer pages of it.",
    "unsupported": "Only photos (JPEG, PNG, WebP) and PDFs can be added. On an iPad, choose it from the photo library.",
    "damaged": "This file is damaged or incomplete. Open it where it came from, save it again, and choose it again.",
    "too_many_pixels": "This picture is far larger than a photo. Take a photo or a screenshot of it, and add that.",
    "too_many_pages": "This PDF has more than 40 pages. Add only the pages you talk about.",
    "encrypted": "This PDF is locked with a password. Save a copy without one, and add that.",
    "too_costly": "This file is more work than a photo or a few pages should be. Add a screenshot of it instead.",
}
ENDINGS = {"image/jpeg": "jpg", "application/pdf": "pdf"}
_SCRIPT = Path(__file__).with_name("remake.py")


@dataclass(frozen=True)
class Remade:
    """The file as it is kept. `width` and `height` are pixels of a picture, None of a PDF."""

    path: Path
    content_type: str
    width: int | None = None
    height: int | None = None

    @property
    def size(self) -> int:
        return self.path.stat().st_size


def remake(source: Path, folder: Path, limits: Limits) -> Remade:
    """The photo or PDF in `source` made anew in `folder`; what it is, only its content says.

    Raises Unusable with one plain sentence for a file that cannot be taken, MediaFailure where the machine fails.
    """
    size = source.stat().st_size
    if not size or size > LARGEST:
        raise _unusable("too_large" if size else "empty")
    said, target = _Said(), folder / "remade"
    task = Task(
        argv=(sys.executable, "-I", str(_SCRIPT), str(source), str(target)),
        reads=(source, *_what_it_runs_on()),
        writes=folder,
        wall=SECONDS,
        output_bytes=LARGEST,
    )
    try:
        ended = run(task, dataclasses.replace(limits, memory=MEMORY, stall=SECONDS), on_line=said.hear)
    except MediaFailure as failure:
        if failure.code in {"too_slow", "stalled"}:
            raise _unusable("too_costly") from None
        raise
    if ended.of_the_machine:
        raise ended.failure()
    if ended.code or "content_type" not in said.answer:
        raise _unusable(said.answer.get("refused", "too_costly"))
    return Remade(target, **said.answer)


class _Said:
    """The one line in which the process says what came out, or why nothing did."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {}

    def hear(self, line: bytes) -> bool:
        self.answer = json.loads(line)
        return True


def _what_it_runs_on() -> tuple[Path, ...]:
    """The script, the interpreter and its libraries, as far as they are not the system's own."""
    homes = {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}
    return (_SCRIPT, *sorted(home for home in homes if not home.is_relative_to("/usr")))


def _unusable(code: str) -> Unusable:
    return Unusable(code, SENTENCES[code])
