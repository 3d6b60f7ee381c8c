"""What tests of holds and flags share."""

import uuid
from pathlib import Path

import pytest

from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips.models import ClipShare
from veo_workflow.cycles.models import Cycle
from veo_workflow.services import Services

TITLE = "Coming in after lunch"


@pytest.fixture
def clip_id(services: Services, world: World, tmp_path: Path) -> uuid.UUID:
    """Asha's clip, shared with Priya and by name with Sam, tagged, with its files in storage."""
    with services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha, title=TITLE)
        make_tag(session, clip, world.priya, world.strategy)
        session.add(ClipShare(clip_id=clip.id, person_id=world.sam.id, until=clip.delete_by))
        found = clip.id
    source = tmp_path / "file"
    source.write_bytes(b"x" * 500)
    for name in ("playback.mp4", "poster.jpg"):
        services.storage.put(f"clips/{found}/1/{name}", source, "video/mp4")
    return found
