"""From an original to everything a clip needs, in the order: check, measure, convert, verify, draw."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from veo_workflow.media import graphs, pictures, rules, verify
from veo_workflow.media.model import Converted, Kind, Limits, Output, Plan, Probe, Progress, Sound, Span
from veo_workflow.media.preview import copying
from veo_workflow.media.probe import probe
from veo_workflow.media.run import Ended, Task, always, run

LOUDNESS_TARGET = -16.0
MAX_GAIN = 20.0

_SILENCE = -65.0
_MOSTLY_BROKEN = 69  # ffmpeg's exit code where most of what it decoded was in error
_CONVERTING_FROM, _FINISHING_FROM = 0.05, 0.95
_BETWEEN_REPORTS = 1.0
_LOUDNESS = re.compile(r"^\s*I:\s+(-?[\d.]+) LUFS", re.MULTILINE)


def convert(
    source: Path,
    folder: Path,
    limits: Limits,
    *,
    facts: Probe | None = None,
    kept: Span | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    keep_going: Callable[[], bool] = always,
) -> Converted:
    """Make every rendition of `source` in `folder`, which exists and is its own.

    `facts` are what `probe` said of it, where it has been asked already.  With `kept`, `source` is a playback file made
    here before, and the renditions are those frames of it exactly, the sound as loud as it is.

    Raises Unusable where the file cannot become a clip, MediaFailure where the tools fail, Interrupted within about
    a quarter of a second of `keep_going` saying no; then `folder` may hold unfinished files.
    """
    job = _Job(source.resolve(), folder.resolve(), limits, _Reporter(on_progress), keep_going)
    facts = facts or probe(job.source, limits, keep_going=keep_going)
    plan = rules.plan_span(facts, kept, limits) if kept else rules.plan(facts, limits)
    sound, gain = (next(iter(plan.header.sounds), None), 0.0) if kept else _choose_sound(job, plan)
    try:
        broken = _make_videos(job, plan, sound, gain)
        if plan.kind is Kind.COPY and broken:
            raise verify.NotAsPlanned("what would be copied is broken")
        frames = _verify(job, plan, sound)
    except verify.NotAsPlanned:
        if plan.kind is not Kind.COPY:
            raise
        plan = rules.plan(replace(facts, damaged=True), limits)
        broken = _make_videos(job, plan, sound, gain)
        frames = _verify(job, plan, sound)
    if kept and frames != kept.frames:
        raise verify.NotAsPlanned(f"{frames} frames of {kept.frames}")
    missing = plan.duration - float(frames / plan.frame_rate)
    if missing > max(0.5, 0.02 * plan.duration) and not broken:
        raise verify.NotAsPlanned(f"{missing:.1f} s are missing")
    duration_ms = round(frames * 1000 / plan.frame_rate)
    outputs = _finish(job, plan, frames, duration_ms, has_sound=sound is not None)
    return Converted(
        outputs=outputs,
        duration_ms=duration_ms,
        frame_rate=plan.frame_rate,
        frames=frames,
        width=plan.playback[0],
        height=plan.playback[1],
        has_sound=sound is not None,
        note=_note(facts, duration_ms / 1000, broken=broken),
    )


def foresee(source: Path, limits: Limits) -> tuple[Probe, Plan, tuple[Task, ...]]:
    """What `probe`, `preview` and `convert` will find and do, in the order of their commands, in a folder `made`.

    The sound is listened to, for its gain stands in the command; the picture is not decoded. Raises Unusable for what
    the file's facts rule out, MediaFailure where the tools fail.
    """
    job = _Job(source.resolve(), Path("made"), limits, _Reporter(lambda progress: None), always)
    facts = probe(job.source, limits)
    plan = rules.plan(facts, limits)
    early = (copying(plan, job.source, job.folder),) if rules.can_preview(facts, plan) else ()
    sound, gain = _choose_sound(job, plan)
    listening = (measuring(plan, job.source, sound),) if sound else ()
    return facts, plan, (*early, *listening, *tasks(plan, job.source, job.folder, sound, gain))


class _Reporter:
    """Turns a tool's progress into the caller's, at most once a second and at every change of stage."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell
        self._told = float("-inf")
        self._began: float | None = None
        self._stage = ""

    def report(self, stage: Literal["checking", "converting", "finishing"], done: float) -> None:
        """`done` is the part of the stage that is done, 0 to 1."""
        now = time.monotonic()
        if stage == "converting" and not done:  # a command begins, perhaps once more
            self._began = now
        if stage == self._stage and now - self._told < _BETWEEN_REPORTS:
            return
        self._stage, self._told = stage, now
        begin, end = {
            "checking": (0.0, _CONVERTING_FROM),
            "converting": (_CONVERTING_FROM, _FINISHING_FROM),
            "finishing": (_FINISHING_FROM, 1.0),
        }[stage]
        fraction = begin + (end - begin) * min(1.0, max(0.0, done))
        self._tell(Progress(stage, fraction, self._seconds_left(now, fraction)))

    def _seconds_left(self, now: float, fraction: float) -> float | None:
        if self._began is None or now - self._began < 1 or fraction - _CONVERTING_FROM < 0.02:
            return None
        return (now - self._began) * (1 - fraction) / (fraction - _CONVERTING_FROM)


@dataclass(frozen=True)
class _Job:
    source: Path
    folder: Path
    limits: Limits
    reporter: _Reporter
    keep_going: Callable[[], bool]

    def run(
        self, task: Task, stage: Literal["checking", "converting", "finishing"], seconds: float
    ) -> tuple[Ended, int]:
        """Run one ffmpeg command that goes through `seconds` of film; how it ended, and how many frames it wrote."""
        follow = _Follower(lambda done: self.reporter.report(stage, done / seconds))
        self.reporter.report(stage, 0.0)
        ended = run(task, self.limits, on_line=follow.line, keep_going=self.keep_going)
        return ended, follow.frames


class _Follower:
    """Reads ffmpeg's `-progress` lines."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._seen: dict[bytes, bytes] = {}

    @property
    def frames(self) -> int:
        return int(self._seen.get(b"frame", b"0"))

    def line(self, line: bytes) -> bool:
        """Whether this line shows that something has been done since the last one like it."""
        name, _, value = line.strip().partition(b"=")
        if name not in (b"frame", b"out_time_us", b"total_size") or self._seen.get(name) == value:
            return False
        self._seen[name] = value
        if name == b"out_time_us" and value.isdigit():
            self._tell(int(value) / 1e6)
        return True


def tasks(plan: Plan, source: Path, folder: Path, sound: Sound | None, gain: float) -> tuple[Task, Task]:
    """The two commands that cost something: convert, then draw the pictures from what came out."""
    wall = max(120.0, 8 * plan.duration)
    largest = (64 << 20) + int(plan.duration * (2 << 20)) + plan.header.size
    board = pictures.lay_out(plan.small, plan.frames, plan.frame_rate)
    poster_at = min(plan.duration / 10, 30.0)
    if poster_at + rules.PASS_KEYFRAME_GAP > plan.duration:
        poster_at = 0.0  # the next keyframe, which the poster is made of, might lie after the end
    return (
        Task(
            graphs.convert(plan, source, folder, sound, gain),
            reads=(source,),
            writes=folder,
            wall=wall,
            output_bytes=largest,
        ),
        Task(
            graphs.draw_pictures(
                folder,
                poster_at=poster_at,
                poster=pictures.poster_size(plan.playback),
                tile=board.tile,
                grid=board.grid,
                step=board.step,
            ),
            writes=folder,
            output_bytes=64 << 20,
        ),
    )


def measuring(plan: Plan, source: Path, sound: Sound) -> Task:
    """The command that measures how loud a track is."""
    return Task(graphs.measure_loudness(plan, source, sound), reads=(source,), wall=max(120.0, plan.duration))


def gain_for(complaints: str) -> float | None:
    """Decibels towards the target, from ebur128's summary; None where nothing was measured."""
    found = _LOUDNESS.findall(complaints)
    if not found:
        return None
    loudness = float(found[-1])
    return 0.0 if loudness < _SILENCE else min(MAX_GAIN, max(0.0, LOUDNESS_TARGET - loudness))


def _choose_sound(job: _Job, plan: Plan) -> tuple[Sound | None, float]:
    """The first track that can be decoded, and the gain it needs: a declared codec proves nothing."""
    for sound in plan.header.sounds:
        ended, _ = job.run(measuring(plan, job.source, sound), "checking", plan.duration)
        gain = gain_for(ended.complaints) if ended.code == 0 else None
        if gain is not None:
            return sound, gain
    return None, 0.0


def _make_videos(job: _Job, plan: Plan, sound: Sound | None, gain: float) -> bool:
    """Run the conversion. Whether the picture was broken in places.

    Raises Unusable where no frame, or hardly any, can be decoded.
    """
    ended, frames = job.run(tasks(plan, job.source, job.folder, sound, gain)[0], "converting", plan.duration)
    if ended.code == _MOSTLY_BROKEN:
        raise rules.damaged()
    if ended.code and (frames or ended.blameless):
        raise ended.failure()
    if not frames:
        raise rules.damaged()
    about_the_picture = rf"^\[{plan.header.codec} @|Error while decoding stream #0:{plan.header.video_index}:"
    return bool(re.search(about_the_picture, ended.complaints, re.MULTILINE))


def _verify(job: _Job, plan: Plan, sound: Sound | None) -> int:
    """The number of frames of the playback file, which the small one shares."""
    interval = float(graphs.keyframe_interval(plan.frame_rate) / plan.frame_rate)
    copied = plan.kind is Kind.COPY
    counts = [
        verify.check_video(
            job.folder / name,
            job.limits,
            size=size,
            rate=plan.frame_rate,
            keyframe_gap=rules.PASS_KEYFRAME_GAP if copied and name == graphs.PLAYBACK else interval,
            has_sound=sound is not None,
        )
        for name, size in ((graphs.PLAYBACK, plan.playback), (graphs.SMALL, plan.small))
    ]
    if abs(counts[0] - counts[1]) > int(copied):
        raise verify.NotAsPlanned(f"{counts[0]} frames in the playback file, {counts[1]} in the small one")
    return counts[0]


def _finish(job: _Job, plan: Plan, frames: int, duration_ms: int, *, has_sound: bool) -> tuple[Output, ...]:
    exact = replace(plan, duration=float(frames / plan.frame_rate))
    ended, _ = job.run(tasks(exact, job.source, job.folder, None, 0.0)[1], "finishing", exact.duration)
    poster, storyboard = job.folder / graphs.POSTER, job.folder / graphs.STORYBOARD
    if ended.code or not poster.exists() or not storyboard.exists():
        raise ended.failure()
    board = pictures.lay_out(plan.small, frames, plan.frame_rate)
    index = job.folder / pictures.STORYBOARD_INDEX
    pictures.write_index(board, duration_ms, index)
    outputs = [
        Output("playback", job.folder / graphs.PLAYBACK, "video/mp4", *plan.playback),
        Output("small", job.folder / graphs.SMALL, "video/mp4", *plan.small),
        Output("poster", poster, "image/jpeg", *pictures.poster_size(plan.playback)),
        Output("storyboard", storyboard, "image/jpeg", *board.size),
        Output("storyboard_vtt", index, "text/vtt"),
    ]
    if has_sound:
        samples, waveform = job.folder / graphs.SAMPLES, job.folder / pictures.WAVEFORM
        pictures.write_waveform(samples, waveform)
        samples.unlink()
        outputs.append(Output("waveform", waveform, "application/json"))
    return tuple(outputs)


def _note(facts: Probe, plays: float, *, broken: bool) -> str | None:
    """What the owner should know about a damaged recording."""
    promised = facts.header.promised
    if facts.damaged and promised - plays > 0.5:
        return f"The end of this recording is missing: the first {_spoken(plays)} of {_spoken(promised)} can be played."
    if facts.damaged or broken:
        return f"This recording is damaged in places: {_spoken(plays)} can be played, but the picture may break up."
    return None


def _spoken(seconds: float) -> str:
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{whole} second{'s' * (whole != 1)}"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
