import uuid
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import World, make_clip
from veo_workflow.clips.models import Clip
from veo_workflow.clips.shares import operations as shares
from veo_workflow.clips.shares.rules import Wanted
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.people.models import Person
from veo_workflow.services import Services

Give = Callable[..., uuid.UUID]


@pytest.fixture
def clip(services: Services, world: World, tmp_path: Path) -> Clip:
    """Asha's clip, her own alone, with bytes that a range can be taken of."""
    with services.database.transaction() as session:
        made = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha, shared=False)
    film = tmp_path / "film"
    film.write_bytes(b"x" * 500)
    for name in ("playback.mp4", "poster.jpg"):
        services.storage.put(f"clips/{made.id}/1/{name}", film, "video/mp4")
    return made


@pytest.fixture
def give(services: Services, world: World, clip: Clip) -> Give:
    """`give("sam")` shares the clip with Sam, `give(None)` puts it into the library; the share's id."""

    def given(name: str | None, until: date | None = None, **more: Any) -> uuid.UUID:
        person = getattr(world, name).id if name else None
        more.setdefault("shows", "" if name else "Names while they come in")
        with services.database.transaction() as session:
            asha, present = session.get_one(Person, world.asha.id), session.get_one(Clip, clip.id)
            wanted = Wanted(person, until or now().date() + timedelta(days=5), **more)
            return shares.give(session, present, wanted, by=asha).id

    return given
