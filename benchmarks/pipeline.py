"""What the pipeline adds to the media commands it plans, and what each of those costs: the same commands, bare."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from benchmarks.measuring import Cost, bare, cost_of
from veo_workflow.media import Limits, Plan, graphs, pictures, plan, probe
from veo_workflow.media.convert import gain_for, measuring, tasks
from veo_workflow.media.model import Sound
from veo_workflow.media.preview import copying
from veo_workflow.media.run import Task


@dataclass(frozen=True)
class Commands:
    """What each command cost by itself; `copy` makes a file that can be watched before there is any other.

    `waveform` is not a command: the pipeline draws it, and here it is drawn the same way.
    """

    copy: Cost
    loudness: Cost
    convert: Cost
    pictures: Cost
    waveform: Cost

    @property
    def planned(self) -> Cost:
        """All that the pipeline runs, one after the other."""
        return self.copy + self.loudness + self.convert + self.pictures


def run_bare(source: Path, limits: Limits) -> Commands:
    """Run the commands planned for `source`; same arguments, same sandbox, same limits.

    Looking at the file beforehand and at what came out afterwards is not counted: that is what the pipeline adds.
    """
    chosen = plan(probe(source, limits), limits)
    sound = chosen.header.sounds[0] if chosen.header.sounds else None
    assert sound, "The lesson has a sound track."
    with tempfile.TemporaryDirectory(dir=source.parent) as name:
        folder = Path(name)
        copy, _ = bare(copying(chosen, source, folder), limits)
        loudness, said = bare(measuring(chosen, source, sound), limits)
        converting, drawing = tasks(chosen, source, folder, sound, gain_for(said) or 0.0)
        converted, _ = bare(converting, limits)
        drawn, _ = bare(drawing, limits)
        peaks = cost_of(lambda: pictures.write_waveform(folder / graphs.SAMPLES, folder / pictures.WAVEFORM))
    return Commands(copy, loudness, converted, drawn, peaks)


def separately(source: Path, folder: Path, limits: Limits) -> list[Task]:
    """A command for each output, each of which decodes for itself: what one decode for all of them is compared with."""
    chosen = plan(probe(source, limits), limits)
    sound = chosen.header.sounds[0]
    wanted = ((graphs.PLAYBACK, chosen.playback, graphs._PICTURE), (graphs.SMALL, chosen.small, graphs._SMALL_PICTURE))
    commands = []
    for name, size, quality in wanted:
        opened = graphs._open(chosen, source)
        shown = graphs._upright(chosen, opened[str(chosen.header.video_index)], size)
        options = graphs._x264(chosen.frame_rate) | quality
        made = graphs._video(chosen, shown, _heard(chosen, opened, sound), folder / name, options, graphs._AAC)
        commands.append(graphs._command(made))
    samples = _heard(chosen, graphs._open(chosen, source), sound).filter("aresample", graphs.SAMPLE_RATE)
    raw = {"format": "s8", "c:a": "pcm_s8", "t": graphs._length(chosen)}
    commands.append(graphs._command(ffmpeg.output(samples, str(folder / graphs.SAMPLES), **raw)))
    return [Task(argv, reads=(source,), writes=folder, output_bytes=1 << 30) for argv in commands]


def together(source: Path, folder: Path, limits: Limits) -> Task:
    """The one command for the same outputs."""
    chosen = plan(probe(source, limits), limits)
    return tasks(chosen, source, folder, chosen.header.sounds[0], _GAIN)[0]


_GAIN = 12.0


def _heard(chosen: Plan, opened: graphs.Stream, sound: Sound) -> graphs.Stream:
    louder = graphs._speech(chosen, opened, sound).filter("volume", f"{_GAIN:.1f}dB")
    return louder.filter("alimiter", limit=0.9, level=0, latency=1)


def one_decode_and_separate(source: Path, limits: Limits, *, separate_first: bool) -> tuple[float, float]:
    """Processor seconds of the one command, and of the separate ones. Both have to make the same."""
    with tempfile.TemporaryDirectory(dir=source.parent) as name:
        one, many = Path(name, "one"), Path(name, "many")
        one.mkdir()
        many.mkdir()
        ways = [[together(source, one, limits)], separately(source, many, limits)]
        spent = [0.0, 0.0]
        for way in (1, 0) if separate_first else (0, 1):
            spent[way] = sum(bare(task, limits)[0].cpu for task in ways[way])
        for made in sorted(one.iterdir()):
            sizes = made.stat().st_size, (many / made.name).stat().st_size
            assert abs(sizes[0] - sizes[1]) <= 0.03 * sizes[0], f"{made.name} is not the same file: {sizes}"
    return spent[0], spent[1]


def sandboxed_over_not(made: Path, folder: Path) -> tuple[Callable[[], float], Callable[[], float]]:
    """Measures of the shortest ffmpeg command that each clip needs, drawing its pictures: boxed, and not."""
    for name in (graphs.PLAYBACK, graphs.SMALL):
        shutil.copyfile(made / name, folder / name)
    limits = Limits()
    chosen = plan(probe(folder / graphs.PLAYBACK, limits), limits)
    task = tasks(chosen, folder / graphs.PLAYBACK, folder, None, 0.0)[1]
    return (
        lambda: bare(task, Limits(sandbox=True))[0].wall,
        lambda: bare(task, Limits(sandbox=False))[0].wall,
    )


def keyframes_cost(source: Path, folder: Path) -> float:
    """Bytes of the picture as we encode it over those with a keyframe every two seconds and x264's own ways of making
    it small (CABAC, deblocking), at equal CRF.
    """
    limits = Limits()
    chosen = plan(probe(source, limits), limits)
    sizes = []
    for seconds, ours in ((0.5, graphs._PICTURE), (2.0, {})):
        target = folder / f"{seconds}.mp4"
        opened = graphs._open(chosen, source)
        shown = graphs._upright(chosen, opened[str(chosen.header.video_index)], chosen.playback)
        frames = round(seconds * float(chosen.frame_rate))
        quality = {"crf": graphs._PICTURE["crf"]} | ({"tune": ours["tune"]} if ours else {})
        options = graphs._x264(chosen.frame_rate) | {"g": frames, "keyint_min": frames} | quality
        made = graphs._video(chosen, shown, None, target, options, {})
        bare(Task(graphs._command(made), reads=(source,), writes=folder, output_bytes=1 << 30), limits)
        sizes.append(target.stat().st_size)
    return sizes[0] / sizes[1]
