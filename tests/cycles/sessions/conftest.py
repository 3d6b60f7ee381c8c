from collections.abc import Callable
from datetime import datetime

import pytest

from tests.support.world import World
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.cycles.sessions import operations
from veo_workflow.cycles.sessions.rules import Plan
from veo_workflow.services import Services

Planned = Callable[..., str]


@pytest.fixture
def planned(services: Services, world: World) -> Planned:
    """Asha plans a meeting with Priya at a moment; its id."""

    def plan(starts_at: datetime, **changed: object) -> str:
        values = {"minutes": 30, "place": "", "stage": Stage.LEARN, "is_review": False, **changed}
        with services.database.transaction() as session:
            cycle = session.get_one(Cycle, world.cycle.id)
            return str(operations.plan(session, cycle, Plan(starts_at, **values), by=world.asha).id)  # type: ignore[arg-type]

    return plan
