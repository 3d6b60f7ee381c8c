"""A file that has come, looked at before anything is made of it: is it whole, and what is in it."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from veo_workflow import media
from veo_workflow.clips.jobs import Claim
from veo_workflow.errors import VeoError
from veo_workflow.settings import Settings

DAMAGED = "This clip arrived damaged. It is still whole on the iPad, so upload it again from there."


class ArrivedDamaged(VeoError):
    """The bytes in storage are not the bytes the browser said it sent."""

    status = 422
    code = "arrived_damaged"


def limits_of(settings: Settings) -> media.Limits:
    """What this school accepts, and what converting may cost it."""
    return media.Limits(
        short_side=settings.playback_short_side,
        max_seconds=settings.max_clip_seconds,
        sandbox="auto" if settings.sandbox == "auto" else False,
    )


@dataclass(frozen=True)
class Arrived:
    """What is known of a whole source: its facts; of an original also its digest, and a preview if there can be one."""

    sha256: str | None
    facts: media.Probe
    preview: media.Output | None


def look_at(
    source: Path, claimed: Claim, folder: Path, limits: media.Limits, still_held: Callable[[], bool]
) -> Arrived:
    """Read the digest while the tools look at the file and copy it: each of them takes about as long.

    Raises ArrivedDamaged before anything else: of a file that is not what was sent, nothing else is worth saying.
    """
    if claimed.kept:
        return Arrived(None, media.probe(source, limits, keep_going=still_held), None)
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(_check_arrival, source, claimed)
        try:
            facts = media.probe(source, limits, keep_going=still_held)
            preview = media.preview(source, folder, facts, limits, keep_going=still_held)
        finally:
            sha256 = digest.result()
    return Arrived(sha256, facts, preview)


def _check_arrival(source: Path, claimed: Claim) -> str:
    """The file's SHA-256, against what the browser said it was. Raises ArrivedDamaged."""
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if claimed.sha256 is not None and claimed.sha256 != digest:
        raise ArrivedDamaged(DAMAGED)
    return digest
