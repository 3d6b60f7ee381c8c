"""A sound by which a test hears whether sound and picture belong together: a beep 0.4 s into every second."""

import subprocess
from array import array
from pathlib import Path

BEEP = 0.4
_RATE = 48000
_LOUD = 4000


def beeping(seconds: float) -> list[object]:
    """ffmpeg's input: beeps over a murmur, which makes every packet another one."""
    beep = f"0.5*sin(2*PI*900*t)*between(mod(t\\,1)\\,{BEEP}\\,{BEEP + 0.05})"
    return ["-f", "lavfi", "-i", f"aevalsrc='0.02*(random(0)-0.5)+{beep}':s={_RATE}:d={seconds}"]


def beeps(file: Path) -> list[float]:
    """When each beep begins, in seconds from the beginning of the file's own time."""
    argv = ["ffmpeg", "-v", "error", "-i", str(file), "-map", "0:a:0", "-ac", "1", "-ar", str(_RATE), "-f", "s16le"]
    heard = array("h", subprocess.run([*argv, "-"], check=True, capture_output=True).stdout)
    found: list[float] = []
    for n, sample in enumerate(heard):
        if abs(sample) > _LOUD and (not found or n / _RATE - found[-1] > 0.5):
            found.append(n / _RATE)
    return found
