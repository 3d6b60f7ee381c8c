"""What is measured with: films as an iPad makes them, each made once, when a measurement first asks for it."""

from functools import cached_property
from pathlib import Path

from tests.support.camera import ffmpeg, film, h264, hevc
from veo_workflow.media import Converted, Limits, convert

PART_SECONDS = 10
LESSON_SECONDS = 60


class Footage:
    """Films in one folder; whoever changes or moves one takes a copy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def part(self) -> Path:
        """Ten seconds of 1080p HEVC with quiet sound; each frame carries its number."""
        return self._film("part.mov", (1920, 1080), PART_SECONDS, hevc(9000))

    @cached_property
    def lesson(self) -> Path:
        """A minute of it: the part over and over."""
        return self._over_and_over(self.part, "lesson.mov", seconds=LESSON_SECONDS)

    @cached_property
    def converted(self) -> Converted:
        """What the part became."""
        folder = self._folder / "converted"
        folder.mkdir()
        return convert(self.part, folder, Limits())

    @cached_property
    def fast(self) -> Path:
        """Three seconds of 4K HEVC, 60 frames a second, 50 Mb/s: moving bars under the noise of a sensor."""
        second, path = self._folder / "second.mov", self._folder / "fast.mov"
        picture = "testsrc2=s=3840x2160:r=60:d=1,noise=alls=6:allf=t"
        ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=d=1", *hevc(50000, 60), "-c:a", "aac", second)
        ffmpeg("-stream_loop", 2, "-i", second, "-c", "copy", path)
        return path

    @cached_property
    def compatible(self) -> Path:
        """Six seconds of 1080p H.264 at 17 Mb/s: what an iPad makes when it is told to be compatible."""
        return self._film("compatible.mov", (1920, 1080), 6, h264(17000))

    def heavy(self, size: int) -> Path:
        """About `size` bytes of that: minutes."""
        return self._over_and_over(self.compatible, "heavy.mov", times=size // self.compatible.stat().st_size)

    def beginning(self, film: Path, seconds: int) -> Path:
        """Its first seconds."""
        path = self._folder / f"{seconds}-s-{film.name}"
        ffmpeg("-i", film, "-c", "copy", "-t", seconds, path)
        return path

    def _film(self, name: str, size: tuple[int, int], seconds: int, codec: list[object]) -> Path:
        film(self._folder / name, size, seconds, codec, sound=[])
        return self._folder / name

    def _over_and_over(self, part: Path, name: str, *, seconds: int = 0, times: int = 0) -> Path:
        end = ("-t", seconds) if seconds else ()
        loops = times or seconds // PART_SECONDS
        ffmpeg("-stream_loop", loops - 1, "-i", part, "-c", "copy", *end, self._folder / name)
        return self._folder / name
