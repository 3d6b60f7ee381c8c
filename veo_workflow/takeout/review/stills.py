"""The pictures on a review's paper: small, of no metadata, and of clips that are still there.

What is made for it is kept beside the clip as every still is, so that a page asked for again goes on where the time
was up.
"""

import io
import time
import uuid
from collections.abc import Mapping, Sequence

from PIL import Image

from veo_workflow.clips.models import Rendition
from veo_workflow.clips.stills import kept, still_at
from veo_workflow.errors import InvalidInput, NotFound, Unavailable
from veo_workflow.media import MediaFailure
from veo_workflow.services import Services
from veo_workflow.storage import NoSuchObject
from veo_workflow.takeout.review.rules import Line

LONGER_SIDE = 560  # dots: on 46 mm that is sharper than a school's printer
PATIENCE = 30.0  # seconds for all of them

Pictures = dict[str, bytes]


def pictures(services: Services, lines: Sequence[Line], films: Mapping[uuid.UUID, Rendition]) -> Pictures:
    """A JPEG for each moment that has a picture, by its address; where none can be had there is none.

    Raises Unavailable where there are more to make than the time is for.
    """
    until = time.monotonic() + PATIENCE
    wanted = {line.still: line for line in lines}
    found: dict[str, bytes | None] = {}
    for address, line in wanted.items():
        if time.monotonic() > until:
            raise Unavailable(
                f"{len(found)} of {len(wanted)} stills are made, and this page has waited long enough. What is made "
                "is kept: try again, and it goes on from there."
            )
        found[address] = _picture(services, line, films.get(line.clip.id))
    return {address: picture for address, picture in found.items() if picture is not None}


def _picture(services: Services, line: Line, film: Rendition | None) -> bytes | None:
    if film is None:
        return None
    try:
        key = kept(services, line.clip, film, still_at(line.clip, line.moment.tag.start_ms))
        with services.storage.local(key) as path, Image.open(path) as still:
            return _small(still)
    except (InvalidInput, NotFound, NoSuchObject, MediaFailure):
        return None


def _small(still: Image.Image) -> bytes:
    still.draft("RGB", (LONGER_SIDE, LONGER_SIDE))
    small = still.convert("RGB")
    small.thumbnail((LONGER_SIDE, LONGER_SIDE))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=82, optimize=True, exif=b"")
    return out.getvalue()
