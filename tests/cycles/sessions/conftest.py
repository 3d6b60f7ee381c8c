from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from tests.support.world import World
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.cycles.sessions import operations
from veo_workflow.cycles.sessions.rules import Plan
from veo_workflow.schools.year.queries import years_of
from veo_workflow.schools.year.rules import YearDates
from veo_workflow.services import Services

Planned = Callable[..., str]


def noon_of(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


@pytest.fixture
def dates(services: Services, world: World) -> YearDates:
    """The school's only year."""
    with services.database.reading() as session:
        return years_of(session, world.asha.school_id, limit=1)[0].dates


@pytest.fixture
def planned(services: Services, world: World) -> Planned:
    """Asha plans a meeting with Priya at a moment; its id."""

    def plan(starts_at: datetime, **changed: Any) -> str:
        values: dict[str, Any] = {"minutes": 30, "place": "", "stage": Stage.LEARN, "is_review": False, **changed}
        with services.database.transaction() as session:
            cycle = session.get_one(Cycle, world.cycle.id)
            return str(operations.plan(session, cycle, Plan(starts_at, **values), by=world.asha).id)

    return plan
