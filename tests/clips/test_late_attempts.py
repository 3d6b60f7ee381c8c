"""An attempt that comes late, or whose store or database does not answer."""

import threading
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tests.clips.working import Send, claim, clip_of, job_of
from tests.support.world import World
from veo_workflow import leases
from veo_workflow.clips import attempts, jobs, operations, processing
from veo_workflow.clips.models import Clip, ClipState, JobState, Rendition, RenditionKind
from veo_workflow.database import now
from veo_workflow.errors import Unavailable
from veo_workflow.media import MediaFailure
from veo_workflow.services import Services

pytestmark = pytest.mark.usefixtures("remembering")


def stored(services: Services, clip_id: uuid.UUID, lesson: Path, *names: str) -> list[str]:
    keys = [f"clips/{clip_id}/{name}" for name in names]
    for key in keys:
        services.storage.put(key, lesson, "video/mp4")
    return keys


def test_a_late_attempt_removes_nothing_of_the_one_that_took_over(services: Services, send: Send, lesson: Path) -> None:
    clip_id = send(lesson)
    late = claim(services, clip_id, lease=-1)
    claim(services, clip_id)
    newer = stored(services, clip_id, lesson, "2/preview.mp4", "2/playback.mp4")
    stored(services, clip_id, lesson, "1/preview.mp4", "1/small.mp4")
    attempts.forget_earlier_attempts(services, late)
    attempts.forget_previews(services, clip_id, up_to=late.attempt)
    processing.forget_attempt(services, late)
    assert [stored.key for stored in services.storage.list("clips/")] == sorted(newer)


def test_a_preview_that_is_being_watched_outlives_the_attempt_that_put_it_up(
    services: Services, send: Send, lesson: Path
) -> None:
    clip_id = send(lesson)
    late = claim(services, clip_id)
    (key,) = stored(services, clip_id, lesson, "1/preview.mp4")
    file = jobs.Published(RenditionKind.PREVIEW, key, "video/mp4", lesson.stat().st_size, 160, 120)
    timeline = jobs.Timeline(1000, 10, 1, 10, 160, 120)
    with services.database.transaction() as session:
        assert jobs.publish_preview(session, late, timeline, file, -1)
    claim(services, clip_id)
    processing._fail(services, late, MediaFailure("Try again."))
    with services.database.reading() as session:
        assert session.scalar(select(Rendition.key)) == key
    assert services.storage.head(key) is not None


def test_a_lease_that_cannot_be_renewed_ends_by_our_own_clock(
    services: Services, send: Send, lesson: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = claim(services, send(lesson))
    asked = threading.Event()

    def is_away(*_: object) -> bool:
        asked.set()
        raise OperationalError("renew", {}, Exception("the database is away"))

    monkeypatch.setattr(jobs, "renew", is_away)
    clock = [1000.0]
    monkeypatch.setattr(leases, "clock", lambda: clock[0])
    quick = replace(services, settings=services.settings.model_copy(update={"lease": 60.0, "lease_renewal": 0.01}))
    with processing._held(quick, claimed, 1060.0) as still_held:
        assert asked.wait(60)
        clock[0] = 1059.0
        assert still_held()
        clock[0] = 1060.0
        assert not still_held()


def test_a_store_that_does_not_answer_puts_the_clip_off_until_no_attempt_is_left(
    services: Services, send: Send, lesson: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip_id = send(lesson)

    def does_not_answer(*_: object) -> None:
        raise Unavailable("The store does not answer.")

    monkeypatch.setattr(services.storage, "put", does_not_answer)
    for attempt in (1, 2):
        processing.process(services, clip_id)
        job = job_of(services)
        assert (job.state, job.attempt, job.attempts_left) == (JobState.QUEUED, attempt, 3 - attempt)
        assert job.wait_until is not None
        assert job.wait_until > now()
        processing.process_next(services)
        assert job_of(services).attempt == attempt, "nobody tries before it is time"
    processing.process(services, clip_id)
    clip = clip_of(services, clip_id)
    assert (clip.state, clip.reason) == (ClipState.FAILED, processing.STOPPED)


def test_a_withdrawn_clip_is_never_taken_up(services: Services, send: Send, lesson: Path, world: World) -> None:
    clip_id = send(lesson)
    with services.database.transaction() as session:
        operations.withdraw(session, session.get_one(Clip, clip_id), by=world.asha)
    processing.process_next(services)
    processing.process(services, clip_id)
    assert clip_of(services, clip_id).state is ClipState.WITHDRAWN
    assert job_of(services).attempt == 0
