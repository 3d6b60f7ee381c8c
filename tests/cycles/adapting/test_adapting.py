"""The pair does a step in its own way; the playbook's words stay, and the way is shown wherever the steps are."""

import uuid
from collections.abc import Callable

from flask.testing import FlaskClient

from tests.support.world import World, make_clip, make_tag
from veo_workflow.cycles.adapting import operations, queries
from veo_workflow.cycles.carrying import carry_on
from veo_workflow.cycles.models import Cycle, Outcome, Stage
from veo_workflow.cycles.operations import close, move
from veo_workflow.people.models import Person
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
OURS = "With mini-whiteboards, because then everybody answers."


def address(world: World) -> str:
    return f"/cycles/{world.cycle.id}/steps/{world.strategy.steps[0].id}"


def adapt(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        operations.adapt(session, cycle, world.strategy.steps[0].id, OURS, after=0, by=world.asha)


def test_what_one_writes_stands_wherever_the_steps_of_the_cycle_do(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha, priya = client_for(world.asha), client_for(world.priya)
    assert asha.post(address(world), data={"words": OURS, "after": "0"}).status_code == 302
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        clip = make_clip(session, cycle, world.asha)
        make_tag(session, clip, world.priya, world.strategy)
        for stage in (Stage.LEARN, Stage.IMPROVE):
            move(session, cycle, stage, by=world.asha)
    for page in (f"/cycles/{world.cycle.id}", f"/clips/{clip.id}", f"/cycles/{world.cycle.id}/review"):
        assert OURS in priya.get(page).text, page
    assert OURS not in priya.get(f"/playbook/{world.strategy.strategy_id}").text


def test_two_who_write_both_see_both_texts(client_for: SignedIn, world: World) -> None:
    for person, words in ((world.asha, "Asha’s way"), (world.priya, "Priya’s way")):
        answer = client_for(person).post(address(world), data={"words": words, "after": "0"})
    assert answer.status_code == 409
    assert "Asha’s way" in answer.text
    assert "Priya’s way</textarea>" in answer.text


def test_too_much_is_sent_back_and_a_step_of_no_strategy_in_use_is_not_there(
    client_for: SignedIn, world: World
) -> None:
    asha = client_for(world.asha)
    assert asha.post(address(world), data={"words": "x" * 1001, "after": "0"}).status_code == 422
    assert asha.get(f"/cycles/{world.cycle.id}/steps/{uuid.uuid4()}").status_code == 404


def test_it_goes_with_the_strategy_into_the_next_cycle(services: Services, world: World) -> None:
    adapt(services, world)
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        close(session, cycle, Outcome.CONTINUE, by=world.asha)
        following = carry_on(session, cycle, Outcome.CONTINUE, by=world.asha)
        session.flush()
        assert queries.adaptations_of(session, following.id) == {world.strategy.steps[0].id: OURS}
