"""A day begins and ends where the school is, also when its clocks are changed: what is due, what lasts, which term."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.world import World, make_clip
from veo_workflow.clips.models import Clip, ClipShare, ClipState
from veo_workflow.clips.shares import operations as shares
from veo_workflow.clips.shares.queries import exemplars
from veo_workflow.clips.shares.rules import Wanted
from veo_workflow.cycles.evidence import operations as evidence
from veo_workflow.cycles.evidence.models import Evidence, EvidenceKind
from veo_workflow.cycles.evidence.rules import EvidenceWords
from veo_workflow.cycles.learning.models import Resource
from veo_workflow.cycles.learning.resources import operations as resources
from veo_workflow.cycles.models import Cycle
from veo_workflow.pages.lead_queries import coaching_this_term
from veo_workflow.removal import operations as removal
from veo_workflow.schools import queries
from veo_workflow.schools.models import School
from veo_workflow.services import Services

DAY = timedelta(days=1)
# In London summer time begins on 29 March 2026 and ends on 25 October.
LAST_MOMENTS = [
    ("Europe/London", date(2026, 3, 28), datetime(2026, 3, 29, tzinfo=UTC)),
    ("Europe/London", date(2026, 3, 29), datetime(2026, 3, 29, 23, tzinfo=UTC)),
    ("Europe/London", date(2026, 10, 24), datetime(2026, 10, 24, 23, tzinfo=UTC)),
    ("Europe/London", date(2026, 10, 25), datetime(2026, 10, 26, tzinfo=UTC)),
    ("America/Los_Angeles", date(2026, 3, 28), datetime(2026, 3, 29, 7, tzinfo=UTC)),
    ("Pacific/Auckland", date(2026, 3, 28), datetime(2026, 3, 28, 11, tzinfo=UTC)),
]
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def clip(services: Services, world: World) -> Clip:
    with services.database.transaction() as session:
        return make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)


def move(session: Session, world: World, zone: str) -> None:
    session.get_one(School, world.asha.school_id).timezone = zone
    session.flush()


@pytest.mark.parametrize(("zone", "last", "ends"), LAST_MOMENTS)
def test_at_half_past_eleven_it_is_the_last_day_still_and_an_hour_later_it_is_over(
    services: Services, world: World, clip: Clip, zone: str, last: date, ends: datetime
) -> None:
    with services.database.transaction() as session:
        move(session, world, zone)
        session.get_one(Clip, clip.id).delete_by = last
        session.flush()

        def is_over(at: datetime) -> bool:
            over = queries.before_today(session, Clip.delete_by, Clip.school_id, at)
            return bool(session.scalars(select(Clip.id).where(over)).all())

        assert [is_over(ends - HALF_AN_HOUR), is_over(ends + HALF_AN_HOUR)] == [False, True]


def test_what_has_a_last_day_goes_when_that_day_is_over_at_the_school(
    services: Services, world: World, clip: Clip
) -> None:
    zone, last, ends = LAST_MOMENTS[4]
    with services.database.transaction() as session:
        move(session, world, zone)
        cycle = session.get_one(Cycle, world.cycle.id)
        words = EvidenceWords(EvidenceKind.OBSERVATION, world.asha.id, last, "Calm.")
        evidence.add(session, cycle, words, by=world.asha).delete_by = last
        session.add(Resource(cycle_id=cycle.id, title="A photo", sent_by_id=world.priya.id, delete_by=last))
        session.add(ClipShare(clip_id=clip.id, person_id=world.sam.id, until=last))
        session.get_one(Clip, clip.id).delete_by = last
    duties: tuple[Callable[[Session, datetime], int], ...] = (
        shares.end_due,
        evidence.expire,
        resources.expire,
        removal.expire_clips,
    )
    for at, done in ((ends - HALF_AN_HOUR, 0), (ends + HALF_AN_HOUR, 1)):
        with services.database.transaction() as session:
            assert removal.warn_of_expiry(session, at - removal.WARNED_BEFORE - DAY) == done
            assert [duty(session, at) for duty in duties] == [done] * 4
    with services.database.reading() as session:
        assert session.get_one(Clip, clip.id).state is ClipState.EXPIRED
        assert session.scalars(select(Evidence)).all() == []


@pytest.mark.parametrize(
    ("zone", "at", "is_later"),
    [
        ("Pacific/Auckland", time(23, 30), True),
        ("America/Los_Angeles", time(0, 30), False),
    ],
)
def test_the_leads_term_and_a_share_of_today_go_by_the_schools_day(
    services: Services,
    world: World,
    clip: Clip,
    monkeypatch: pytest.MonkeyPatch,
    zone: str,
    at: time,
    *,
    is_later: bool,
) -> None:
    """By UTC it is the last day of term still in the first case, and the day after in the second."""
    with services.database.transaction() as session:
        term, following = queries.terms(session, world.lena.school_id)[:2]
        moment = datetime.combine(term.ends_on + (timedelta(0) if is_later else DAY), at, tzinfo=UTC)
        monkeypatch.setattr(queries, "now", lambda: moment)
        move(session, world, zone)
        session.add(ClipShare(clip_id=clip.id, until=term.ends_on, shows="Names at the door"))
        session.flush()
        found = coaching_this_term(session, world.lena.school_id)
        assert found.term is (following if is_later else term)
        assert len(exemplars(session, world.tess, limit=2)) == (0 if is_later else 1)
        if is_later:
            with pytest.raises(Exception, match="That day is over"):
                shares.give(session, session.get_one(Clip, clip.id), Wanted(world.sam.id, term.ends_on), by=world.asha)
