"""What killed attempts left in storage goes, and nothing that anybody still needs."""

from pathlib import Path

import pytest
from sqlalchemy import delete

from tests.support.world import World, make_clip
from veo_workflow.clips.models import ClipState, Job, Rendition
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import new_id, now
from veo_workflow.services import Services
from workers import upkeep
from workers.upkeep import one_round


def test_upkeep_sweeps_attempts_that_no_row_speaks_of_and_nothing_else(
    services: Services, world: World, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x")
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        ready, waiting, running, erased = (make_clip(session, cycle, world.asha) for _ in range(4))
        ready.attempt = 3
        waiting.state, waiting.attempt = ClipState.QUEUED, 0
        running.state, running.attempt = ClipState.PROCESSING, 1
        erased.state, erased.ended_at, erased.erased_at = ClipState.WITHDRAWN, now(), now()
        session.execute(delete(Rendition).where(Rendition.clip_id == erased.id))
        session.add(Job(clip_id=ready.id, state="done", attempt=3))
        session.add(Job(clip_id=waiting.id, state="queued", attempt=1))
        session.add(Job(clip_id=running.id, state="running", attempt=2))
    stay = [
        f"clips/{ready.id}/1/playback.mp4",  # a rendition's row names it
        f"clips/{ready.id}/3/stills/17.jpg",
        f"clips/{running.id}/1/cuts/17-40.mp4",
        f"clips/{running.id}/2/small.mp4",
        f"clips/{new_id()}/1/playback.mp4",
    ]
    go = [
        f"clips/{ready.id}/1/small.mp4",
        f"clips/{ready.id}/3/preview.mp4",  # its worker was killed between publishing and removing it
        f"clips/{ready.id}/2/playback.mp4",
        f"clips/{ready.id}/30/playback.mp4",
        f"clips/{waiting.id}/1/small.mp4",
        f"clips/{running.id}/3/small.mp4",
        f"clips/{ready.id}/stills/17.jpg",
        f"clips/{erased.id}/1/stills/17.jpg",  # put by somebody who was killed before looking whether it still may be
    ]
    for key in [*stay, *go]:
        services.storage.put(key, file, "video/mp4")
    one_round(services)
    assert sorted(stored.key for stored in services.storage.list("")) == sorted(stay)


def test_going_through_every_object_is_done_now_and_then_only(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept = []
    monkeypatch.setattr(upkeep.attempts, "sweep", swept.append)
    for _ in range(3):
        one_round(services)
    assert swept == [services]
