"""Whether the far end of a long clip comes as fast as its beginning, from the real web server."""

import http.client
import os
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select

from tests.support.live import School
from veo_workflow.clips.models import Clip, Rendition, RenditionKind

FAR = 250_000_000
LENGTH = 256 * 1024
_SIZE = FAR + (4 << 20)


def grow(school: School, clip: Clip, folder: Path) -> None:
    """Put something as big as a long lesson in the place of the clip's playback file."""
    big = folder / "big.mp4"
    filler = os.urandom(1 << 20)
    with big.open("wb") as file:
        for _ in range(_SIZE >> 20):
            file.write(filler)
    with school.services.database.transaction() as session:
        wanted = select(Rendition).where(Rendition.clip_id == clip.id, Rendition.kind == RenditionKind.PLAYBACK)
        playback = session.scalars(wanted).one()
        playback.size_bytes = big.stat().st_size
        key = playback.key
    school.services.storage.put(key, big, "video/mp4")
    big.unlink()


def reader(school: School, clip: Clip, origin: str | None = None) -> Callable[[int], float]:
    """A measure of one range from an offset on, in seconds until its last byte is here, on a connection kept open.

    From another `origin` than the school's own, if one is given.
    """
    connection = http.client.HTTPConnection(urlsplit(origin or school.origin).netloc, timeout=60)
    cookie = "=".join(school.cookie(school.world.priya))

    def read(start: int) -> float:
        asked = {"Cookie": cookie, "Range": f"bytes={start}-{start + LENGTH - 1}"}
        began = time.perf_counter()
        connection.request("GET", f"/media/{clip.id}/playback", headers=asked)
        answer = connection.getresponse()
        content = answer.read()
        taken = time.perf_counter() - began
        assert (answer.status, len(content)) == (206, LENGTH), f"{answer.status}, {len(content)} bytes"
        return taken

    return read
