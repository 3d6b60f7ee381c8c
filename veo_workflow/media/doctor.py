"""What this room needs of the machine, and whether it is there."""

import shutil
import subprocess
from dataclasses import dataclass

from veo_workflow.media import sandbox
from veo_workflow.media.model import GIB, Limits

_INSTALL = "Install it with: apt-get install ffmpeg."
_NEEDED = {
    "encoders": ("libx264", "aac", "mjpeg"),
    "filters": ("zscale", "tonemap", "ebur128", "alimiter", "bwdif"),
}


@dataclass(frozen=True)
class Fact:
    """One thing looked at; `remedy` is None where it is well."""

    name: str
    value: str
    remedy: str | None = None


def doctor() -> tuple[Fact, ...]:
    """Versions of ffmpeg and ffprobe, what they lack, what holds them, and whether the sandbox works here."""
    facts = [_version("ffmpeg"), _version("ffprobe")]
    if facts[0].remedy is None and (lacking := _lacking()):
        remedy = "Install Debian's ffmpeg: apt-get install ffmpeg."
        facts.append(Fact("ffmpeg parts", f"missing: {', '.join(lacking)}", remedy))
    return (*facts, _limits(), _sandbox())


def _limits() -> Fact:
    missing = [tool for tool in ("setpriv", "prlimit", "nice") if not shutil.which(tool)]
    if missing:
        remedy = "Install them with: apt-get install util-linux coreutils."
        return Fact("limits", f"missing: {', '.join(missing)}", remedy)
    allowed = Limits()
    return Fact(
        "limits",
        f"{allowed.memory // GIB} GiB of address space for each tool, its output capped, stopped when its time is up "
        f"or after {allowed.stall:.0f} s without progress",
    )


def _sandbox() -> Fact:
    if sandbox.works():
        return Fact("sandbox", "bubblewrap: network cut off, one file to read, one folder to write, nobody's user")
    return Fact("sandbox", "none: limits only, the network is not cut off", sandbox.REMEDY)


def _version(tool: str) -> Fact:
    first = _output(tool, "-version").partition("\n")[0].split()
    if len(first) < 3:
        return Fact(tool, "not found", _INSTALL)
    return Fact(tool, first[2])


def _lacking() -> list[str]:
    lacking: list[str] = []
    for kind, names in _NEEDED.items():
        rows = _output("ffmpeg", "-hide_banner", f"-{kind}").splitlines()
        listed = {word for row in rows for word in row.split()[1:2]}
        lacking += [name for name in names if name not in listed]
    return lacking


def _output(*argv: str) -> str:
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
