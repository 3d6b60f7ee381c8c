"""A pair keeps the wording it began with until it takes over a newer one, and what it has marked keeps its words."""

import dataclasses
import uuid
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.world import World, make_clip, make_tag
from veo_workflow.cycles.adapting.operations import adapt
from veo_workflow.cycles.adapting.queries import adaptations_of
from veo_workflow.cycles.models import ChosenStrategy, Cycle, Outcome
from veo_workflow.cycles.operations import close
from veo_workflow.notices.models import Notice, NoticeKind
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


def test_what_a_pair_does_in_its_own_way_is_kept_while_a_strategy_is_given_up_and_comes_back_in_a_newer_wording(
    services: Services, client_for: SignedIn, world: World
) -> None:
    old = world.strategy.steps
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        adapt(session, cycle, old[0].id, "At the side door.", after=0, by=world.asha)
        adapt(session, cycle, old[2].id, "Not any more.", after=0, by=world.asha)
        adapt(session, cycle, old[2].id, "", after=1, by=world.asha)
    asha, address = client_for(world.asha), f"/cycles/{world.cycle.id}/strategies"
    chosen = {"strategies": str(world.strategy.strategy_id)}
    asha.post(address, data={})
    with services.database.transaction() as session:
        before = queries.newest_version(session, world.strategy.strategy_id)
        words = queries.words_of(before)
        another = dataclasses.replace(
            words.steps[1], name="Wait", title="Wait until all are there", prompt="", detail=""
        )
        moved = dataclasses.replace(words, steps=(another, *words.steps[::-1]))
        reworded = operations.next_version(session, before, moved, by=None)
    assert "Your own way of its steps is kept" in asha.get(address).text
    assert asha.post(address, data=chosen).status_code == 302
    assert used(services, world) == [2]
    with services.database.reading() as session:
        assert adaptations_of(session, world.cycle.id) == {
            old[0].id: "At the side door.",
            reworded.steps[-1].id: "At the side door.",
        }
    asha.post(f"/cycles/{world.cycle.id}/steps/{reworded.steps[-1].id}", data={"words": "", "after": "1"})
    for data in ({}, chosen):
        asha.post(address, data=data)
    with services.database.reading() as session:
        assert adaptations_of(session, world.cycle.id) == {old[0].id: "At the side door."}, "emptied, it stays so"


def test_a_pair_hears_once_of_a_newer_wording_sees_what_is_different_and_keeps_its_own(
    services: Services, client_for: SignedIn, world: World
) -> None:
    with services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
        make_tag(session, clip, world.priya, world.strategy)
    lena, asha = client_for(world.lena), client_for(world.asha)
    where = f"/playbook/{world.strategy.strategy_id}/change"
    for after, name in ((1, "Threshold"), (2, "Doorway"), (3, "Doorway")):
        assert lena.post(where, data=typed(world, name, after)).status_code == 302
    assert told(services) == {world.asha.id: [world.cycle.id], world.priya.id: [world.cycle.id]}
    (notice,) = (each for each in news(services) if each.person_id == world.asha.id)
    asked = asha.post(f"/notices/{notice.id}/open").headers["Location"]
    assert f"/playbook/{world.strategy.strategy_id}/compare?old=1&amp;new=3" in asha.get(asked).text
    assert used(services, world) == [1]
    assert '"name": "Stand"' in asha.get(f"/clips/{clip.id}").text
    with services.database.transaction() as session:
        close(session, session.get_one(Cycle, world.cycle.id), Outcome.NEW_CYCLE, by=world.asha)
    assert news(services) == [], "in a finished cycle nothing can be taken over"
    assert lena.post(where, data=typed(world, "Threshold", 3)).status_code == 302
    assert news(services) == []


def typed(world: World, name: str, after: int) -> dict[str, object]:
    """The strategy with another name for its first step, as the form sends it."""
    steps = world.strategy.steps
    return {
        "title": world.strategy.title,
        "purpose": world.strategy.purpose,
        "step_name": [name, *(step.name for step in steps[1:])],
        "step_title": [step.title for step in steps],
        "after": str(after),
    }


def news(services: Services) -> list[Notice]:
    with services.database.reading() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == NoticeKind.STRATEGY_REWORDED)))


def told(services: Services) -> dict[uuid.UUID, list[uuid.UUID]]:
    found = news(services)
    return {
        person: [each.subject_id for each in found if each.person_id == person]
        for person in {n.person_id for n in found}
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
