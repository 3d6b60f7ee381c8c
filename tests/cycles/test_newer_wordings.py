"""A pair keeps the wording it began with until it takes over a newer one, and what it has marked keeps its words."""

import dataclasses
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.world import World, make_clip, make_tag
from veo_workflow.cycles.adapting.operations import adapt
from veo_workflow.cycles.adapting.queries import adaptations_of
from veo_workflow.cycles.models import ChosenStrategy, Cycle
from veo_workflow.people.models import Person
from veo_workflow.playbook import operations, queries
from veo_workflow.playbook.models import Step, StrategyVersion
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


@pytest.fixture
def reworded(services: Services, world: World) -> StrategyVersion:
    """The second wording of the strategy that the cycle uses; its first step has another name."""
    with services.database.transaction() as session:
        old = queries.newest_version(session, world.strategy.strategy_id)
        words = queries.words_of(old)
        first = dataclasses.replace(words.steps[0], name="Threshold")
        return operations.next_version(
            session, old, dataclasses.replace(words, steps=(first, *words.steps[1:])), by=None
        )


def used(services: Services, world: World) -> list[int]:
    with services.database.transaction() as session:
        return list(
            session.scalars(
                select(StrategyVersion.version)
                .join(ChosenStrategy, ChosenStrategy.strategy_version_id == StrategyVersion.id)
                .where(ChosenStrategy.cycle_id == world.cycle.id)
            )
        )


def test_a_pair_keeps_the_wording_it_began_with_until_it_takes_over_the_newer_one(
    services: Services, client_for: SignedIn, world: World, reworded: StrategyVersion
) -> None:
    with services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
        make_tag(session, clip, world.priya, world.strategy)
    asha, address = client_for(world.asha), f"/cycles/{world.cycle.id}/strategies"
    assert "Take over version 2" in asha.get(address).text
    chosen = {"strategies": str(world.strategy.strategy_id)}
    assert asha.post(address, data=chosen).status_code == 302
    assert used(services, world) == [1]
    assert asha.post(address, data={**chosen, "reworded": chosen["strategies"]}).status_code == 302
    assert used(services, world) == [2]
    assert "Take over" not in asha.get(address).text
    studio = asha.get(f"/clips/{clip.id}").text
    assert "Threshold" in studio
    assert '"name": "Stand"' in studio


def test_what_a_pair_does_in_its_own_way_goes_with_it_into_the_newer_wording(
    services: Services, client_for: SignedIn, world: World, reworded: StrategyVersion
) -> None:
    old, last = world.strategy.steps[:2], world.strategy.steps[-1]
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        adapt(session, cycle, old[0].id, "At the side door.", after=0, by=world.asha)
        adapt(session, cycle, old[1].id, "Not any more.", after=0, by=world.asha)
        adapt(session, cycle, old[1].id, "", after=1, by=world.asha)
        adapt(session, cycle, last.id, "With a timer.", after=0, by=world.priya)
        session.delete(session.scalars(select(Step).where(Step.id == reworded.steps[-1].id)).one())
    asha, address = client_for(world.asha), f"/cycles/{world.cycle.id}/strategies"
    chosen = str(reworded.strategy_id)
    for _twice in range(2):
        assert asha.post(address, data={"strategies": chosen, "reworded": chosen}).status_code == 302
    assert "At the side door." in asha.get(f"/cycles/{world.cycle.id}/steps/{reworded.steps[0].id}").text
    with services.database.reading() as session:
        assert adaptations_of(session, world.cycle.id) == {
            old[0].id: "At the side door.",
            last.id: "With a timer.",
            reworded.steps[0].id: "At the side door.",
        }


def test_a_strategy_in_use_that_is_retired_stays_in_use(
    services: Services, client_for: SignedIn, world: World, reworded: StrategyVersion
) -> None:
    with services.database.transaction() as session:
        lena = session.get_one(Person, world.lena.id)
        operations.retire(session, queries.strategy_at(session, lena, reworded.strategy_id), by=lena)
    asha, address = client_for(world.asha), f"/cycles/{world.cycle.id}/strategies"
    page = asha.get(address).text
    assert "Retired from the playbook" in page
    assert "Take over" not in page
    chosen = str(reworded.strategy_id)
    assert asha.post(address, data={"strategies": chosen, "reworded": chosen}).status_code == 302
    assert used(services, world) == [1]
