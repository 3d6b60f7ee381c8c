"""`make bench`: measures, prints name, value and target, and writes build/bench.json; fails where a target is missed.

python -m benchmarks.run [NAME …]   only these measurements: pipeline, upload, page, tag
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import clips, over_http, page, upload
from tests.support.camera import film, h264
from tests.support.chromium import open_chromium
from tests.support.live import School, live_school
from veo_workflow.clips.models import Clip

RESULTS = Path("build/bench.json")


@dataclass(frozen=True)
class Figure:
    """One measured value; without a target it is information."""

    name: str
    value: float
    target: float | None = None

    @property
    def ok(self) -> bool:
        return self.target is None or self.value <= self.target

    def line(self) -> str:
        target = "" if self.target is None else f"at most {self.target:g}"
        return f"{self.name:<28}{self.value:>10.2f}  {target:<14}{'' if self.ok else 'MISSED'}".rstrip()


def say(line: str) -> None:
    """How far it is, on the side, so that the figures alone are the output."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def pipeline(folder: Path) -> Iterator[Figure]:
    say("The pipeline over the bare media commands: 60 s of 1080p HEVC, three pairs")
    with live_school(folder, workers=0) as school:
        ratio, wall = clips.over_the_bare_commands(school, folder, say)
    yield Figure("pipeline_over_ffmpeg", ratio, 1.15)
    yield Figure("seconds_to_ready_60s", wall)


def uploading(folder: Path) -> Iterator[Figure]:
    say("The part contract over plain writing: 200 MB, three parts at once, three pairs")
    with live_school(folder, workers=0) as school:
        visitor = over_http.Visitor(school, school.world.asha)
        ratio = upload.ratio(over_http.http_upload(school, visitor), upload.bare_disk_write, folder)
        yield Figure("upload_over_disk", ratio, 4)
        ratio = upload.ratio(upload.driver_upload, upload.bare_disk_write, folder)
        yield Figure("disk_driver_over_disk", ratio)


def clip_page(folder: Path) -> Iterator[Figure]:
    say("The clip page, loaded cold")
    with live_school(folder, workers=0) as school, open_chromium() as browser:
        weighed = page.clip_page(browser, school, ready_clip(school, folder))
    for address, size in sorted(weighed.items(), key=lambda item: -item[1])[:8]:
        say(f"  {size / 1000:6.1f} kB  {address}")
    yield Figure("clip_page_kb", sum(weighed.values()) / 1000, 100)
    yield Figure("clip_page_requests", len(weighed))


def tagging(folder: Path) -> Iterator[Figure]:
    say("Writing one tag over a request that does nothing")
    with live_school(folder, workers=0) as school:
        ms, ratio = over_http.tag_over_an_empty_request(school, ready_clip(school, folder))
    yield Figure("tag_put_ms", ms)
    yield Figure("tag_put_over_empty_request", ratio)


MEASUREMENTS: dict[str, Callable[[Path], Iterator[Figure]]] = {
    "page": clip_page,
    "tag": tagging,
    "upload": uploading,
    "pipeline": pipeline,
}


def ready_clip(school: School, folder: Path) -> Clip:
    """A short lesson that has gone through the pipeline and is shared with the coach."""
    path = folder / "lesson.mp4"
    film(path, (640, 360), 12, h264(800), sound=[])
    clips.to_ready(school, path)
    with school.services.database.reading() as session:
        return session.query(Clip).one()


def main(names: list[str]) -> int:
    figures: list[Figure] = []
    for name in names or MEASUREMENTS:
        with tempfile.TemporaryDirectory(prefix="veo-bench-") as folder:
            figures += MEASUREMENTS[name](Path(folder))
    RESULTS.parent.mkdir(exist_ok=True)
    rows = [{**asdict(figure), "value": round(figure.value, 3), "ok": figure.ok} for figure in figures]
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    for figure in figures:
        sys.stdout.write(f"{figure.line()}\n")
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
