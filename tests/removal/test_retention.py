"""A clip goes on the day it shows, by itself, and its owner hears of that two weeks before (SAFEGUARDING B3)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.world import World, make_clip
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.wording import day as said
from workers import upkeep

pytestmark = pytest.mark.parametrize("database", ["sqlite"])
SignedIn = Callable[[Person | None], FlaskClient]


@pytest.fixture
def clip(services: Services, world: World) -> Clip:
    with services.database.transaction() as session:
        return make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)


@pytest.fixture
def on(services: Services, monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """One round of upkeep at noon of another day, by the clock that upkeep goes by."""

    def travel(there: date) -> None:
        noon = datetime.combine(there, time(12), tzinfo=UTC)
        monkeypatch.setattr(upkeep, "database_now", lambda session: noon)
        upkeep.one_round(services)

    return travel


def warnings(services: Services) -> list[Notice]:
    with services.database.reading() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == NoticeKind.CLIP_GOES_SOON)))


def state(services: Services, clip: Clip) -> ClipState:
    with services.database.reading() as session:
        return session.get_one(Clip, clip.id).state


def test_a_clip_says_its_day_its_owner_is_told_a_fortnight_before_and_it_goes_by_itself(
    services: Services, world: World, clip: Clip, client_for: SignedIn, on: Callable[[date], None]
) -> None:
    asha, last = client_for(world.asha), clip.delete_by
    assert f"Deleted on {said(last)}" in asha.get(f"/cycles/{world.cycle.id}").get_data(as_text=True)
    on(last - timedelta(days=15))
    assert warnings(services) == []
    on(last - timedelta(days=14))
    on(last - timedelta(days=13))
    [told] = warnings(services)
    assert (told.person_id, told.subject_id, told.by_id) == (world.asha.id, clip.id, None)
    assert "A clip of yours is deleted in two weeks" in asha.get("/notices").get_data(as_text=True)
    on(last)
    assert state(services, clip) is ClipState.READY, "it is there on its last day"
    on(last + timedelta(days=1))
    assert state(services, clip) is ClipState.EXPIRED
    assert asha.get(f"/clips/{clip.id}").status_code == 404
    with services.database.reading() as session:
        assert session.get_one(Clip, clip.id).erased_at is not None


def test_who_has_read_the_warning_is_not_told_again(
    services: Services, world: World, clip: Clip, on: Callable[[date], None], client_for: SignedIn
) -> None:
    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).delete_by = now().date() + timedelta(days=3)
    on(now().date())
    client_for(world.asha).post("/notices/read")
    on(now().date() + timedelta(days=1))
    [told] = warnings(services)
    assert told.read_at is not None


def test_nobody_is_warned_of_what_is_gone(services: Services, clip: Clip, on: Callable[[date], None]) -> None:
    with services.database.transaction() as session:
        row = session.get_one(Clip, clip.id)
        row.state, row.ended_at = ClipState.WITHDRAWN, now()
    on(clip.delete_by - timedelta(days=3))
    assert warnings(services) == []
