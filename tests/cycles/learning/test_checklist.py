"""The coachee ticks the steps while practising; nobody else sees it, and all of it prints on one side."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.paper import read
from tests.support.statements import counted
from tests.support.world import World
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles.adapting.models import Adaptation
from veo_workflow.cycles.carrying import carry_on
from veo_workflow.cycles.learning.models import StepTick
from veo_workflow.cycles.models import ChosenStrategy, Cycle, Outcome
from veo_workflow.database import new_id
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import Step, Strategy, StrategyVersion
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


def ticks(services: Services) -> set[str]:
    with services.database.reading() as session:
        return {str(step) for step in session.scalars(select(StepTick.step_id))}


def test_a_tick_is_kept_and_taken_away_again_each_alone(client_for: SignedIn, services: Services, world: World) -> None:
    asha, steps = client_for(world.asha), [str(step.id) for step in world.strategy.steps]
    address = f"/api/cycles/{world.cycle.id}/checklist/"
    for step in (steps[0], steps[1], steps[1]):
        assert asha.put(address + step, json={"ticked": True}).status_code == 200
    assert ticks(services) == set(steps[:2])
    asha.put(address + steps[0], json={"ticked": False})
    assert ticks(services) == {steps[1]}


def test_without_a_script_the_form_keeps_all_of_them_and_clears_them(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha, steps = client_for(world.asha), [str(step.id) for step in world.strategy.steps]
    address, sent = f"/cycles/{world.cycle.id}/checklist", {"shown": steps, "ticked": steps[1:3]}
    asha.post(address, data=sent)
    assert ticks(services) == set(steps[1:3])
    assert asha.get(address).text.count("checked>") == 2
    asha.post(address, data=sent | {"clear": "1"})
    assert ticks(services) == set()


def test_what_is_ticked_is_the_coachees_own_and_is_counted_nowhere(client_for: SignedIn, world: World) -> None:
    asha, step = client_for(world.asha), world.strategy.steps[0]
    priya = client_for(world.priya)

    def read_by_priya() -> str:
        return priya.get(f"/cycles/{world.cycle.id}/checklist").text.partition("<main")[2]

    before = read_by_priya()
    asha.put(f"/api/cycles/{world.cycle.id}/checklist/{step.id}", json={"ticked": True})
    assert read_by_priya() == before
    assert "Ticked" not in before
    assert step.title in before
    assert "%" not in asha.get(f"/cycles/{world.cycle.id}/checklist").text


def test_what_the_pair_does_in_its_own_way_stands_with_the_step_and_on_paper(
    client_for: SignedIn, services: Services, world: World
) -> None:
    step = world.strategy.steps[1].id
    with services.database.transaction() as session:
        ours = Adaptation(cycle_id=world.cycle.id, step_id=step, words="With whiteboards.", changed_by_id=world.asha.id)
        session.add(ours)
    for person in (world.asha, world.priya):
        assert "With whiteboards." in client_for(person).get(f"/cycles/{world.cycle.id}/checklist").text
    paper = read(client_for(world.asha).get(f"/cycles/{world.cycle.id}/checklist.pdf").data)
    assert "Our way: With whiteboards." in paper.text


def test_a_step_of_another_strategy_is_refused(client_for: SignedIn, services: Services, world: World) -> None:
    with services.database.reading() as session:
        used = {step.id for step in world.strategy.steps}
        other = session.scalars(select(Step.id).where(Step.id.not_in(used))).first()
    answer = client_for(world.asha).put(f"/api/cycles/{world.cycle.id}/checklist/{other}", json={"ticked": True})
    assert answer.status_code == 422
    assert ticks(services) == set()


def test_the_next_cycle_begins_with_an_empty_checklist(client_for: SignedIn, services: Services, world: World) -> None:
    asha, step = client_for(world.asha), world.strategy.steps[0]
    asha.put(f"/api/cycles/{world.cycle.id}/checklist/{step.id}", json={"ticked": True})
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        cycles.close(session, cycle, Outcome.CONTINUE, by=world.asha)
        following = carry_on(session, cycle, Outcome.CONTINUE, by=world.asha).id
    page = asha.get(f"/cycles/{following}/checklist").text
    assert step.title in page
    assert "checked>" not in page
    assert "Ticked: " in asha.get(f"/cycles/{world.cycle.id}/checklist").text
    assert asha.put(f"/api/cycles/{world.cycle.id}/checklist/{step.id}", json={"ticked": True}).status_code == 403


@pytest.mark.parametrize("database", ["sqlite"])  # what is dear about it asks no database
@pytest.mark.parametrize(("steps", "details"), [(5, True), (12, True), (24, False)])
def test_it_prints_on_one_side_however_many_steps_there_are_and_however_long(
    client_for: SignedIn, services: Services, world: World, steps: int, details: bool
) -> None:
    with services.database.transaction() as session:
        _use_a_long_strategy(session.get_one(Cycle, world.cycle.id), services, steps)
    paper = read(client_for(world.priya).get(f"/cycles/{world.cycle.id}/checklist.pdf").data)
    assert len(paper.pages) == 1
    assert paper.claims_ua
    for number in range(1, steps + 1):
        assert f"Step number {number} " in paper.text
    assert ("Until everybody has settled" in paper.text) == details


def _use_a_long_strategy(cycle: Cycle, services: Services, steps: int) -> None:
    session = Session.object_session(cycle)
    assert session is not None
    strategy = Strategy(id=new_id(), school_id=cycle.school_id)
    version = StrategyVersion(strategy_id=strategy.id, version=1, title="A long one", purpose="To be long.")
    session.add_all([strategy, version])
    session.flush()
    session.add_all(
        Step(
            strategy_version_id=version.id,
            number=number,
            name=f"Long {number}",
            title=f"Step number {number} " + "is said in rather more words than anybody needs, " * 3,
            detail="Until everybody has settled, and for as long after that as it takes to be sure of it. " * 5,
        )
        for number in range(1, steps + 1)
    )
    for chosen in session.scalars(select(ChosenStrategy).where(ChosenStrategy.cycle_id == cycle.id)):
        session.delete(chosen)
    session.add(ChosenStrategy(cycle_id=cycle.id, strategy_version_id=version.id, position=1))


def test_the_page_asks_as_much_for_many_ticks_as_for_none(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha, address = client_for(world.asha), f"/cycles/{world.cycle.id}/checklist"
    with counted(services.database.engine) as few:
        asha.get(address)
    steps = [str(step.id) for step in world.strategy.steps]
    asha.post(address, data={"shown": steps, "ticked": steps})
    with counted(services.database.engine) as many:
        asha.get(address)
    assert len(many) == len(few)
    assert len(few) <= 11
