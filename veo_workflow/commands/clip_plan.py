"""`veo clip plan`: what would become of a file, and why; nothing is stored and nobody is asked."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from veo_workflow import media
from veo_workflow.settings import load

MIB = 1024 * 1024
EARLY = "can be watched early, where the browser plays it as it came"
NOT_EARLY = "can be watched once it is converted"
BOXED = "each in the sandbox with one file to read, one folder to write and no network"
UNBOXED = "without a sandbox, under limits alone"


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a page to read.")
def plan(file: Path, as_json: bool) -> None:
    """What would become of a file; ends with 1 where it would be refused.

    Its picture is not decoded: a file whose facts are in order can still turn out to be damaged.
    """
    from veo_workflow.clips.arrival import limits_of

    allowed = limits_of(load())
    try:
        outlook = media.foresee(file, allowed)
    except media.Unusable as why:
        _refuse(file, why, as_json=as_json)
    else:
        speed = media.measure_speed(allowed)
        said = _described(file, *outlook, speed=speed, boxed=media.sandboxed(allowed))
        click.echo(json.dumps(said, indent=2) if as_json else _page(said))


def _refuse(file: Path, why: media.Unusable, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"file": str(file), "refused": {"code": why.code, "sentence": why.message}}, indent=2))
    else:
        click.echo(f"{file.name} would be refused ({why.code})\n{why.message}")
    sys.exit(1)


def _described(
    file: Path, facts: media.Probe, plan: media.Plan, tasks: tuple[media.Task, ...], *, speed: float, boxed: bool
) -> dict[str, Any]:
    header = facts.header
    return {
        "file": str(file),
        "facts": {
            "container": header.demuxer,
            "bytes": header.size,
            "tracks": header.streams,
            "codec": header.codec,
            "profile": header.profile,
            "pixel_format": header.pixel_format,
            "width": header.width,
            "height": header.height,
            "turned": header.rotated,
            "interlaced": header.interlaced,
            "transfer": header.colour.transfer,
            "seconds": round(facts.duration, 3),
            "frame_rate": str(facts.frame_rate),
            "constant_rate": facts.constant,
            "keyframe_gap": round(facts.keyframe_gap, 3),
            "bit_rate": round(facts.bit_rate),
            "damaged": facts.damaged,
            "sounds": [sound.codec for sound in header.sounds],
        },
        "class": plan.kind.value,
        "watchable_early": media.can_preview(facts, plan),
        "makes": {
            "playback": list(plan.playback),
            "small": list(plan.small),
            "frame_rate": str(plan.frame_rate),
            "frames": plan.frames,
        },
        "commands": [list(task.argv) for task in tasks],
        "sandbox": boxed,
        "estimate": {
            "seconds": round(media.time_needed(facts, plan, speed), 3),
            "megapixels": round(media.work_needed(facts, plan) / 1e6, 1),
            "megapixels_a_second": round(speed / 1e6, 1),
        },
    }


def _page(said: dict[str, Any]) -> str:
    """The same to be read."""
    facts = said["facts"]
    rows = {
        "file": f"{facts['container']}, {facts['bytes'] / MIB:.1f} MiB, tracks: {facts['tracks']}",
        "picture": _picture(facts),
        "rate": _rate(facts),
        "sound": ", ".join(facts["sounds"]) or "none that can be heard",
        "class": said["class"],
        "early": EARLY if said["watchable_early"] else NOT_EARLY,
        "makes": _makes(said["makes"]),
        "estimate": _estimate(said["estimate"]),
    }
    return "\n".join(
        [
            Path(said["file"]).name,
            *(f"  {name:<10}{value}" for name, value in rows.items()),
            "",
            f"Commands, {BOXED if said['sandbox'] else UNBOXED}:",
            *(f"  {shlex.join(argv)}" for argv in said["commands"]),
        ]
    )


def _picture(facts: dict[str, Any]) -> str:
    parts = [
        f"{facts['codec']} {facts['profile']}".strip(),
        f"{facts['width']}×{facts['height']}",
        facts["pixel_format"],
    ]
    marks = [name for name in ("turned", "interlaced", "damaged") if facts[name]]
    return ", ".join([*parts, *filter(None, [facts["transfer"]]), *marks])


def _rate(facts: dict[str, Any]) -> str:
    steady = "constant" if facts["constant_rate"] else "uneven"
    return (
        f"{facts['frame_rate']} a second, {steady}, for {facts['seconds']:g} s; a keyframe every "
        f"{facts['keyframe_gap']:g} s or less; {facts['bit_rate'] / 1e6:.1f} Mb/s"
    )


def _makes(makes: dict[str, Any]) -> str:
    playback, small = ("×".join(map(str, makes[name])) for name in ("playback", "small"))
    return f"playback {playback}, small {small}, {makes['frames']} frames at {makes['frame_rate']} a second"


def _estimate(estimate: dict[str, Any]) -> str:
    seconds = max(1, round(estimate["seconds"]))
    minutes, rest = divmod(seconds, 60)
    spoken = f"{minutes} min {rest} s" if minutes else f"{seconds} s"
    return (
        f"about {spoken}: {estimate['megapixels']:.0f} megapixels of work at "
        f"{estimate['megapixels_a_second']:.0f} a second on this machine now"
    )
