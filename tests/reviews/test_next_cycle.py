"""What ends a cycle opens the next one."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.reviews.conftest import Agree, Write
from tests.support.world import World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles.models import Cycle, GoalRevision, Outcome, Stage
from veo_workflow.cycles.queries import current_goal, strategies_in_use
from veo_workflow.cycles.rules import GoalWords
from veo_workflow.database import now
from veo_workflow.errors import NotAllowed, VeoError
from veo_workflow.people.models import Person
from veo_workflow.reviews.models import Confirmation
from veo_workflow.schools.queries import term_on
from veo_workflow.services import Services

ClientFor = Callable[[Person], FlaskClient]


@pytest.fixture
def measured(services: Services, improving: World) -> World:
    """From 6:40 in a goal worded twice, to 2:50 as it was measured today; the day it was meant for has passed."""
    today = now().date()
    goal = GoalWords(
        "They begin by themselves.", powerful="Time to think.", unit="minutes", baseline=6.5, target=2, by_date=today
    )
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, improving.cycle.id)
        cycles.write_goal(session, cycle, goal, after=1, by=improving.asha)
        cycles.record_reading(session, cycle, 4, today - timedelta(days=9), by=improving.asha)
        cycles.record_reading(session, cycle, 2.75, today, by=improving.priya)
    return improving


def agree_both(world: World, write: Write, agree: Agree, outcome: Outcome) -> None:
    write(world.asha, outcome=outcome)
    agree(world.asha, outcome)
    agree(world.priya, outcome)


def following(services: Services, world: World) -> Cycle | None:
    with services.database.reading() as session:
        return session.scalar(select(Cycle).where(Cycle.continues_id == world.cycle.id))


def following_id(services: Services, world: World) -> uuid.UUID:
    found = following(services, world)
    assert found is not None
    return found.id


def test_one_agreement_opens_nothing(services: Services, measured: World, write: Write, agree: Agree) -> None:
    write(measured.asha, outcome=Outcome.CONTINUE)
    agree(measured.asha, Outcome.CONTINUE)
    assert following(services, measured) is None


@pytest.mark.parametrize(("outcome", "stage"), [(Outcome.CONTINUE, Stage.LEARN), (Outcome.REFINE, Stage.IDENTIFY)])
def test_a_goal_that_stays_is_practised_and_one_to_refine_is_looked_at_first(
    outcome: Outcome, stage: Stage, services: Services, measured: World, write: Write, agree: Agree
) -> None:
    agree_both(measured, write, agree, outcome)
    opened = following(services, measured)
    assert opened is not None
    assert (opened.stage, opened.pair_id, opened.focus) == (stage, measured.pair.id, measured.cycle.focus)
    with services.database.reading() as session:
        present = term_on(session, measured.cycle.school_id, now().date())
    assert present is not None
    assert opened.term_id == present.id


@pytest.mark.parametrize("outcome", [Outcome.CONTINUE, Outcome.REFINE])
def test_goal_strategies_and_where_the_measure_stands_carry_over(
    outcome: Outcome, services: Services, measured: World, write: Write, agree: Agree
) -> None:
    agree_both(measured, write, agree, outcome)
    cycle_id = following_id(services, measured)
    with services.database.reading() as session:
        goal = current_goal(session, cycle_id)
        assert goal is not None
        assert (goal.revision, goal.statement, goal.powerful) == (1, "They begin by themselves.", "Time to think.")
        assert (goal.baseline, goal.target, goal.by_date) == (2.75, 2, None)
        assert [version.id for version in strategies_in_use(session, cycle_id)] == [measured.strategy.id]
        kept = current_goal(session, measured.cycle.id)
        assert kept is not None
        assert kept.baseline == 6.5


def test_without_a_goal_the_next_cycle_opens_without_one(
    services: Services, improving: World, write: Write, agree: Agree
) -> None:
    with services.database.transaction() as session:
        for goal in session.scalars(select(GoalRevision)).all():
            session.delete(goal)
    agree_both(improving, write, agree, Outcome.CONTINUE)
    with services.database.reading() as session:
        assert current_goal(session, following_id(services, improving)) is None


def test_a_new_focus_opens_nothing_by_itself(services: Services, measured: World, write: Write, agree: Agree) -> None:
    agree_both(measured, write, agree, Outcome.NEW_CYCLE)
    assert following(services, measured) is None


def test_agreeing_once_more_opens_no_second_cycle(
    services: Services, measured: World, write: Write, agree: Agree
) -> None:
    agree_both(measured, write, agree, Outcome.CONTINUE)
    with pytest.raises(NotAllowed):
        agree(measured.asha, Outcome.CONTINUE)
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).where(Cycle.continues_id == measured.cycle.id)) == 1


def test_the_pages_lead_on_and_back(
    services: Services, measured: World, write: Write, agree: Agree, client_for: ClientFor
) -> None:
    agree_both(measured, write, agree, Outcome.REFINE)
    opened, client = following_id(services, measured), client_for(measured.asha)
    old, new = f"/cycles/{measured.cycle.id}", f"/cycles/{opened}"
    assert f'href="{new}/goal"' in client.get(f"{old}/review").get_data(as_text=True)
    assert f'href="{new}"' in client.get(old).get_data(as_text=True)
    assert f'href="{old}"' in client.get(new).get_data(as_text=True)
    assert new in client.get("/").get_data(as_text=True)


def test_a_new_focus_is_asked_for_with_the_pair_already_chosen(
    measured: World, write: Write, agree: Agree, client_for: ClientFor
) -> None:
    agree_both(measured, write, agree, Outcome.NEW_CYCLE)
    client, address = client_for(measured.priya), f"/cycles/new?pair={measured.pair.id}"
    for page in ("", "/review"):
        assert address in client.get(f"/cycles/{measured.cycle.id}{page}").get_data(as_text=True)
    assert f'<option value="{measured.pair.id}" selected>' in client.get(address).get_data(as_text=True)


def test_going_back_a_stage_is_on_the_page_with_who_did_it(
    services: Services, improving: World, client_for: ClientFor
) -> None:
    with services.database.transaction() as session:
        cycles.move(session, session.get_one(Cycle, improving.cycle.id), Stage.LEARN, by=improving.asha)
    assert "Asha went back to Learn on" in client_for(improving.priya).get(f"/cycles/{improving.cycle.id}").text


@pytest.mark.parametrize("outcome", [Outcome.CONTINUE, Outcome.NEW_CYCLE])
def test_of_two_who_agree_in_the_same_instant_one_closes_the_cycle_and_one_cycle_follows(
    outcome: Outcome, services: Services, measured: World, write: Write, agree: Agree
) -> None:
    write(measured.asha, outcome=outcome)
    barrier, refused = threading.Barrier(2), []

    def at_once(person: Person) -> None:
        barrier.wait()
        try:
            agree(person, outcome)
        except VeoError as error:
            refused.append(error)

    threads = [threading.Thread(target=at_once, args=(person,)) for person in (measured.asha, measured.priya)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == []
    with services.database.reading() as session:
        closed = session.get_one(Cycle, measured.cycle.id)
        assert (closed.outcome, closed.closed_at is not None) == (outcome, True)
        assert session.scalar(select(func.count()).select_from(Confirmation)) == 2
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == measured.cycle.id)).all()
        assert acts.count(f"cycle_closed_{outcome.value}") == 1
        following = select(func.count()).where(Cycle.continues_id == measured.cycle.id)
        assert session.scalar(following) == (1 if outcome is Outcome.CONTINUE else 0)


def test_every_move_between_stages_is_on_the_page(client_for: ClientFor, improving: World) -> None:
    priya = client_for(improving.priya)
    for stage in ("learn", "improve"):
        priya.post(f"/cycles/{improving.cycle.id}/stage", data={"to": stage})
    page = priya.get(f"/cycles/{improving.cycle.id}").text
    assert page.index("Priya moved it from Improve back to Learn") < page.index(
        "Priya moved it from Learn on to Improve"
    )
