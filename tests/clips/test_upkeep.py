"""Rounds of upkeep: what killed attempts left goes, nothing that anybody still needs, and each duty is counted."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from tests.support.world import World, make_clip
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import ClipState, Job, Rendition
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import new_id, now
from veo_workflow.services import Services
from veo_workflow.turns import turn
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
    monkeypatch.setattr(upkeep.attempts, "sweep", lambda services: swept.append(services) or 0)
    for _ in range(3):
        one_round(services)
    assert swept == [services]


def test_a_duty_that_fails_is_counted_and_keeps_no_other_from_being_done(
    services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Services) -> int:
        raise ValueError("nobody thought of this")

    monkeypatch.setattr(upkeep, "QUEUE", {"bells_rung_again": fails})
    with services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
        clip.state, clip.ended_at = ClipState.WITHDRAWN, now()
    done = one_round(services)
    assert (done["failures"], done["clips_erased"]) == (1, 1)
    assert "bells_rung_again" not in done


def test_bells_are_topped_up_to_the_clips_that_wait_and_do_not_pile_up(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        for _ in range(3):
            clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
            clip.state, clip.original_key = ClipState.QUEUED, f"uploads/{clip.id}/original"
            clips.queue_processing(session, clip, services.doorbell)
    bell = services.redis.lpop("rq:queue:clips")
    assert bell
    for rung, waiting in ((1, 3), (0, 3), (0, 3)):
        with services.database.transaction() as session:
            session.query(Job).update({"rung_at": now() - timedelta(minutes=5)})
        assert one_round(services)["bells_rung_again"] == rung
        assert services.doorbell.waiting() == waiting


def test_of_two_copies_of_upkeep_one_goes_round_at_a_time(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = replace(services, settings=services.settings.model_copy(update={"upkeep_interval": 0.01}))
    stop, busy, rounds, together = threading.Event(), threading.Lock(), [], []

    def goes_round(_services: Services, duties: object, _stop: threading.Event) -> dict[str, int]:
        if duties is upkeep.QUEUE:
            together.append(busy.acquire(blocking=False))
            rounds.append(threading.current_thread())
            stop.wait(0.001)
            if together[-1]:
                busy.release()
            if len(rounds) > 20:
                stop.set()
        return {}

    monkeypatch.setattr(upkeep, "_round", goes_round)
    monkeypatch.setattr(upkeep, "turn", lambda database, name, _seconds: turn(database, name, 60))
    copies = [threading.Thread(target=upkeep.run_forever, args=(quick, stop)) for _ in range(2)]
    for copy in copies:
        copy.start()
    for copy in copies:
        copy.join(60)
    assert len(rounds) > 20
    assert all(together)
