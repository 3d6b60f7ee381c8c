"""`make bench`: measures, prints name, value and target, and writes build/bench.json; fails where a target is missed.

python -m benchmarks.run [NAME …]   only these measurements; their names are in MEASUREMENTS below

Absolute times differ from machine to machine, and on one from hour to hour: nearly all figures are ratios of
neighbours, the median of several pairs.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks import authorising, clips, early, idle, over_http, page, ranges, reviews, room, studio, upload, workers
from benchmarks import oversight as lead_overview
from benchmarks import pipeline as pipeline_parts
from benchmarks import tagging as tags
from benchmarks.footage import Footage
from benchmarks.measuring import in_turns
from benchmarks.memory import at_most
from benchmarks.seeking import random_seeks
from tests.support.camera import film, h264
from tests.support.chromium import open_chromium
from tests.support.live import School, live_school
from veo_workflow.clips.models import Clip
from veo_workflow.media import Limits, sandbox

RESULTS = Path("build/bench.json")


@dataclass(frozen=True)
class Figure:
    """One measured value; without a target it is information. Without a value its target is missed: `why` says why."""

    name: str
    value: float | None
    target: float | None = None
    why: str = ""
    more_is_better: bool = False

    @property
    def ok(self) -> bool:
        if self.target is None or self.value is None:
            return self.target is None
        return self.value >= self.target if self.more_is_better else self.value <= self.target

    def row(self) -> dict[str, Any]:
        value = None if self.value is None else round(self.value, 3)
        return {"name": self.name, "value": value, "target": self.target, "ok": self.ok} | (
            {"why": self.why} if self.why else {}
        )

    def line(self) -> str:
        value = "none" if self.value is None else f"{self.value:.2f}"
        bound = "at least" if self.more_is_better else "at most"
        target = "" if self.target is None else f"{bound} {self.target:g}"
        return f"{self.name:<32}{value:>9}  {target:<14}{'' if self.ok else 'MISSED'} {self.why}".rstrip()


def say(line: str) -> None:
    """How far it is, on the side, so that the figures alone are the output."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def pipeline(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("The pipeline over the bare media commands: 60 s of 1080p HEVC, three pairs")
    with live_school(folder, workers=0) as school:
        pairs = clips.pairs_with_the_bare_commands(school, footage.lesson, folder, say)
    yield Figure("pipeline_over_ffmpeg", clips.median(pairs, lambda p: p.whole.wall / p.commands.planned.wall), 1.05)
    yield Figure("seconds_to_ready_60s", clips.median(pairs, lambda p: p.whole.wall))
    drawing = clips.median(pairs, lambda p: (p.commands.pictures.cpu + p.commands.waveform.cpu) / p.whole.cpu)
    yield Figure("images_cpu_share", drawing, 0.05)
    early = clips.median(pairs, lambda p: p.commands.copy.wall / p.commands.convert.wall)
    yield Figure("playable_by_copy_over_transcode", early, 0.05)


def decoding(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("One decode for all outputs over a command for each: seconds of what an iPad films, five times")
    films = {
        "1080p HEVC": footage.beginning(footage.part, 2),
        "1080p H.264": footage.beginning(footage.compatible, 2),
        "4K60 HEVC": footage.beginning(footage.fast, 1),
    }
    ratios = []
    for turn in range(5):
        spent = {
            name: pipeline_parts.one_decode_and_separate(film, Limits(), separate_first=bool(turn % 2))
            for name, film in films.items()
        }
        say("  " + ", ".join(f"{name} {one / many:.2f}" for name, (one, many) in spent.items()))
        ratios.append(sum(one for one, _ in spent.values()) / sum(many for _, many in spent.values()))
    yield Figure("one_decode_cpu", statistics.median(ratios), 0.80)


def sandboxing(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("A short command in the sandbox over the same outside: drawing the pictures of 10 s, fifteen pairs")
    if not sandbox.works():
        yield Figure("sandbox_overhead", None, 1.10, why="this machine has no sandbox")
        return
    boxed, bare = pipeline_parts.sandboxed_over_not(footage.converted.outputs[0].path.parent, folder)
    bare()
    yield Figure("sandbox_overhead", in_turns(boxed, bare, pairs=15), 1.10)


def seeking(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("Random seeks in Chromium, 1080p: the same thousand in our rendition and in an all-intra file of its picture")
    with open_chromium() as browser:
        seeks = random_seeks(browser, footage.converted, folder)
    say(f"  at the median {seeks.ours_ms:.0f} ms over {seeks.intra_ms:.0f} ms")
    yield Figure("seek_wrong_frames", seeks.wrong, 0)
    yield Figure("seek_p95_over_intra", seeks.p95, 1.5)
    yield Figure("gop_size_cost", pipeline_parts.keyframes_cost(footage.beginning(footage.part, 6), folder))


def memory(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("The memory of a worker and its greediest tool over 4K at 60 frames a second")
    with live_school(folder, workers=0) as school:
        own, tool = at_most(school, clips.add(school, clips.another_copy(footage.fast, 1)))
    say(f"  worker {own:.0f} MiB, tool {tool:.0f} MiB")
    yield Figure("worker_rss_4k60_mb", own + tool, 600)


def watching_early(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("Something to watch after the last byte, over plainly copying the file: 500 MB of 1080p H.264")
    film = footage.heavy(early.SIZE)
    with live_school(folder, workers=1) as school:
        try:
            ratio, seconds = early.over_copying(school, film)
        except early.NoPreview as why:
            yield Figure("preview_ready_over_copy", None, 20, why=str(why))
        else:
            yield Figure("preview_ready_over_copy", ratio, 20)
            yield Figure("preview_ready_s", seconds)
    film.unlink()


def uploading(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("The part contract over plain writing: 200 MB, three parts at once, nine pairs")
    with live_school(folder, workers=0) as school:
        visitor = over_http.Visitor(school, school.world.asha)
        ratio = upload.ratio(over_http.http_upload(school, visitor), upload.bare_disk_write, folder)
        yield Figure("upload_over_disk", ratio, 3)
        ratio = upload.ratio(upload.driver_upload, upload.bare_disk_write, folder)
        yield Figure("disk_driver_over_disk", ratio)


def authorising_each_range(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("A range of 256 KB with the full check over one from an empty view, both behind nginx: 600 pairs a database")
    with authorising.as_in_production(folder / "production") as school:
        cost = authorising.over_empty(school, ready_clip(school, folder), folder / "production")
    say(f"  PostgreSQL: {cost.full_ms:.1f} ms over {cost.empty_ms:.1f} ms")
    yield Figure("auth_cost_over_empty", cost.ratio, 2)
    with live_school(folder / "embedded", workers=0, nginx=True) as school:
        cost = authorising.over_empty(school, ready_clip(school, folder), folder / "embedded")
    say(f"  SQLite: {cost.full_ms:.1f} ms over {cost.empty_ms:.1f} ms")
    yield Figure("auth_cost_over_empty_sqlite", cost.ratio, 2)


def reaching_far(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("A range at 250 MB of a big file over one at its beginning, forty pairs")
    with live_school(folder, workers=0) as school:
        clip = ready_clip(school, folder)
        ranges.grow(school, clip, folder)
        read = ranges.reader(school, clip)
        ratio = in_turns(lambda: read(ranges.FAR), lambda: read(0), pairs=40)
    yield Figure("range_far_over_near", ratio, 1.5)


def clip_page(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("The clip page, loaded cold")
    with live_school(folder, workers=0) as school, open_chromium() as browser:
        weighed = page.clip_page(browser, school, ready_clip(school, folder))
    for address, size in sorted(weighed.items(), key=lambda item: -item[1])[:8]:
        say(f"  {size / 1000:6.1f} kB  {address}")
    yield Figure("clip_page_kb", sum(weighed.values()) / 1000, 100)
    yield Figure("clip_page_requests", len(weighed))


def tagging(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("Writing one tag over a request that does nothing")
    with live_school(folder, workers=0) as school:
        ms, ratio = over_http.tag_over_an_empty_request(school, ready_clip(school, folder))
    yield Figure("tag_put_ms", ms)
    yield Figure("tag_put_over_noop", ratio, 4)


def studio_page(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("The studio: twenty presses, forty moments three times, and its page with 500 moments over none, fifteen pairs")
    with live_school(folder, workers=0) as school, open_chromium() as browser:
        clip, empty = ready_clip(school, folder), ready_clip(school, folder)
        frames, kept_ms = studio.press(browser, school, clip)
        yield Figure("tag_paint_frames", frames, 1)
        yield Figure("tag_persist_ms", kept_ms)
        yield Figure("seek_to_moment_p95_over_raw", studio.seek_over_raw(browser, school, clip), 1.5)
        full = ready_clip(school, folder)
        ratio = studio.page_with_many_over_none(browser, school, full, empty)
    yield Figure("clip_page_500_tags_over_0", ratio, 1.5)


def second_worker(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("Clips per minute with two workers over one, each with one processor to itself: three pairs of six clips")
    path = folder / "lesson.mp4"
    film(path, (640, 360), 6, h264(800), sound=[])
    with live_school(folder, workers=0) as school:
        speed = in_turns(
            lambda: workers.clips_per_minute(school, path, folder, 2),
            lambda: workers.clips_per_minute(school, path, folder, 1),
            pairs=3,
        )
    yield Figure("two_workers_speedup", speed, 1.8, more_is_better=True)


def queueing(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("From the commit of an upload until a worker that waits has claimed it, fifteen times")
    with live_school(folder, workers=1) as school:
        yield Figure("queue_overhead_ms", workers.from_commit_to_claim_ms(school, folder), 100)


def tagging_together(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("Fifty people tagging one clip at once on PostgreSQL; then one, with a thousand and with a million tags")
    with tags.on_postgresql(folder) as school:
        rush = tags.rush(school)
    yield Figure("tag_writes_per_s", rush.per_second)
    yield Figure("tag_writes_p95_ms", rush.p95_ms)
    yield Figure("tag_writes_lost", rush.lost, 0)
    growth, ms = tags.p95_growth(folder)
    yield Figure("tag_write_p95_growth", growth, 1.3)
    yield Figure("tag_write_p95_of_a_million_ms", ms)


def review_page(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("The review's page with 2,000 moments over one with 20, twenty-five pairs")
    with live_school(folder, workers=0) as school:
        grown = reviews.growth(school)
    yield Figure("review_growth", grown.ratio, 6)
    yield Figure("review_ms_of_2000", grown.ms)


def review_room(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("The review on two screens: three plays of ten seconds, once more with 120 ms each way, and a hundred rests")
    with live_school(folder, workers=0) as school, open_chromium() as browser:
        path = room.prepare(school, folder)
        with room.two_screens(browser, school, path) as screens:
            yield Figure("sync_drift_ms", room.drift_ms(screens), 40)
            yield Figure("sync_same_frame", room.same_frames(screens), room.RESTS, more_is_better=True)
        with room.two_screens(browser, school, path, far=True) as screens:
            yield Figure("sync_drift_far_ms", room.drift_ms(screens), 80)


def streams(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("Five hundred pages that listen in rooms at one events process, and an ordinary request beside them over idle")
    with live_school(folder, workers=0, events=True) as school:
        held, ratio = room.streams_beside_requests(school)
    yield Figure("streams_held", held, 500, more_is_better=True)
    yield Figure("request_beside_streams_over_idle", ratio, 1.5)


def overview(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("The lead's overview at 400 teachers over 40, five years in, with 240,000 moments: thirty pairs a database")
    for database, grown in lead_overview.growth(folder).items():
        say(f"  {database}: {grown.ms:.0f} ms at 400 teachers")
        name = "lead_overview_growth" if database == "postgresql" else f"lead_overview_growth_{database}"
        yield Figure(name, grown.ratio, 3)


def idleness(folder: Path, footage: Footage) -> Iterator[Figure]:
    say("The processor time of everything that veo run starts, over a minute without anybody")
    percent, shares = idle.stack(folder, 60)
    for name, (share, held) in shares.items():
        say(f"  {name:<22}{share:6.2f} %  {held:6.0f} MiB")
    yield Figure("idle_cpu_percent", percent, 3)
    yield Figure("idle_memory_mb", sum(held for _, held in shares.values()))


MEASUREMENTS: dict[str, Callable[[Path, Footage], Iterator[Figure]]] = {
    "page": clip_page,
    "tag": tagging,
    "studio": studio_page,
    "queue": queueing,
    "together": tagging_together,
    "review": review_page,
    "room": review_room,
    "streams": streams,
    "workers": second_worker,
    "overview": overview,
    "idle": idleness,
    "range": reaching_far,
    "authorise": authorising_each_range,
    "upload": uploading,
    "early": watching_early,
    "decode": decoding,
    "sandbox": sandboxing,
    "seek": seeking,
    "memory": memory,
    "pipeline": pipeline,
}


def ready_clip(school: School, folder: Path) -> Clip:
    """A short lesson that has gone through the pipeline and is shared with the coach."""
    path = folder / "lesson.mp4"
    film(path, (640, 360), 12, h264(800), sound=[])
    clips.to_ready(school, path)
    with school.services.database.reading() as session:
        return session.scalars(select(Clip).order_by(Clip.created_at.desc()).limit(1)).one()


def main(names: list[str]) -> int:
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="veo-bench-films-") as films:
        footage = Footage(Path(films))
        for name in names or MEASUREMENTS:
            began = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="veo-bench-") as folder:
                figures += MEASUREMENTS[name](Path(folder), footage)
            say(f"  done in {time.monotonic() - began:.0f} s")
    RESULTS.parent.mkdir(exist_ok=True)
    rows = [figure.row() for figure in figures]
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    for figure in figures:
        sys.stdout.write(f"{figure.line()}\n")
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
