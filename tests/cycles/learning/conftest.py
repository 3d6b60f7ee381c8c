from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.support.world import World
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles.carrying import carry_on
from veo_workflow.cycles.models import Cycle, Outcome
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


@pytest.fixture
def carried_on(services: Services, world: World) -> Callable[[], str]:
    """The cycle ends with the same goal; the id of the one that follows."""

    def carry() -> str:
        with services.database.transaction() as session:
            cycle = session.get_one(Cycle, world.cycle.id)
            cycles.close(session, cycle, Outcome.CONTINUE, by=world.asha)
            return str(carry_on(session, cycle, Outcome.CONTINUE, by=world.asha).id)

    return carry


@pytest.fixture
def end_pair(services: Services, world: World) -> Callable[[], None]:
    """Priya coaches Asha no longer."""

    def end() -> None:
        with services.database.transaction() as session:
            people.end_pair(session, session.get_one(Pair, world.pair.id), by=None)

    return end
