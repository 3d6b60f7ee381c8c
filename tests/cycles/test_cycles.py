"""A cycle moves, its goal is rewritten, its strategies keep their words."""

import threading
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.support.world import World
from veo_workflow.cycles import operations, queries, rules
from veo_workflow.cycles.models import ChosenStrategy, Cycle, GoalRevision, Outcome, Stage, StageMove
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.playbook.models import Step, Strategy, StrategyVersion
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


def test_a_cycle_goes_through_its_stages_and_back_and_every_move_is_recorded(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha = client_for(world.asha)
    for stage in ("learn", "improve", "learn"):
        assert asha.post(f"/cycles/{world.cycle.id}/stage", data={"to": stage}).status_code == 302
    with services.database.reading() as session:
        assert session.get_one(Cycle, world.cycle.id).stage is Stage.LEARN
        moves = session.scalars(select(StageMove).order_by(StageMove.moved_at)).all()
    assert [(move.from_stage.value, move.to_stage.value) for move in moves] == [
        ("identify", "learn"),
        ("learn", "improve"),
        ("improve", "learn"),
    ]


def test_identify_does_not_jump_to_improve(client_for: SignedIn, world: World) -> None:
    answer = client_for(world.asha).post(f"/cycles/{world.cycle.id}/stage", data={"to": "improve"})
    assert answer.status_code == 422
    assert "cannot move to improve" in answer.get_data(as_text=True)


def test_of_two_people_moving_at_once_one_is_told(services: Services, world: World) -> None:
    with services.database.reading() as session:
        stale = session.get_one(Cycle, world.cycle.id)
    with services.database.transaction() as session:
        operations.move(session, session.get_one(Cycle, world.cycle.id), Stage.LEARN, by=world.asha)
    with services.database.transaction() as session, pytest.raises(Conflict):
        operations.move(session, stale, Stage.LEARN, by=world.priya)


def test_changing_a_goal_makes_a_revision_and_the_old_one_stays_readable(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha = client_for(world.asha)
    sent = {"statement": "Second wording", "unit": "minutes", "baseline": "6:40", "target": "2", "after": "1"}
    assert asha.post(f"/cycles/{world.cycle.id}/goal", data=sent).status_code == 302
    with services.database.reading() as session:
        newest, first = queries.goal_revisions(session, world.cycle.id)
    assert (newest.statement, first.statement) == ("Second wording", "Everybody writes within two minutes.")
    assert newest.baseline == pytest.approx(400 / 60)


def test_two_people_editing_one_goal_both_see_both_texts(
    client_for: SignedIn, services: Services, world: World
) -> None:
    for person, words in ((world.asha, "Asha's wording"), (world.priya, "Priya's wording")):
        answer = client_for(person).post(
            f"/cycles/{world.cycle.id}/goal", data={"statement": words, "after": "1", "easy": f"{words}, easily"}
        )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Asha&#39;s wording" in page
    assert "Priya&#39;s wording" in page
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(GoalRevision)) == 2


def test_a_goal_without_words_is_sent_back_with_everything_else_that_was_typed(
    client_for: SignedIn, world: World
) -> None:
    sent = {"statement": " ", "powerful": "It matters to me", "baseline": "many", "after": "1"}
    answer = client_for(world.asha).post(f"/cycles/{world.cycle.id}/goal", data=sent)
    assert answer.status_code == 422
    assert "It matters to me" in answer.get_data(as_text=True)


def test_a_strategy_in_use_keeps_its_words_when_a_new_version_comes(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        newer = StrategyVersion(strategy_id=world.strategy.strategy_id, version=2, title="A calmer start", purpose="-")
        newer.steps = [Step(number=1, name="Breathe", title="Breathe")]
        session.add(newer)
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        operations.choose_strategies(session, cycle, [world.strategy.strategy_id], by=world.asha)
    with services.database.reading() as session:
        assert [version.title for version in queries.strategies_in_use(session, world.cycle.id)] == ["A calm start"]


def test_another_schools_strategy_cannot_be_chosen(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        theirs = session.scalars(select(Strategy.id).where(Strategy.school_id == world.olu.school_id)).first()
        assert theirs is not None
        cycle = session.get_one(Cycle, world.cycle.id)
        with pytest.raises(InvalidInput):
            operations.choose_strategies(session, cycle, [theirs], by=world.asha)


def test_a_closed_cycle_and_an_ended_pairs_cycle_change_no_more(
    client_for: SignedIn, services: Services, world: World
) -> None:
    with services.database.transaction() as session:
        operations.close(session, session.get_one(Cycle, world.cycle.id), Outcome.CONTINUE, by=world.asha)
    answer = client_for(world.asha).post(f"/cycles/{world.cycle.id}/stage", data={"to": "learn"})
    assert answer.status_code == 403
    assert client_for(world.asha).get(f"/cycles/{world.cycle.id}").status_code == 200


def test_a_pair_that_has_ended_begins_no_other_cycle(client_for: SignedIn, services: Services, world: World) -> None:
    with services.database.transaction() as session:
        people.end_pair(session, session.get_one(Pair, world.pair.id), by=None)
    form = {"pair": world.pair.id, "term": world.cycle.term_id, "focus": "Talk", "cpd_layer": "team"}
    answer = client_for(world.priya).post("/cycles/new", data=form)
    assert answer.status_code == 422
    assert "This pair has ended" in answer.get_data(as_text=True)


def test_two_goals_written_at_the_same_moment_are_one_revision_and_one_conflict(
    services: Services, world: World
) -> None:
    barrier, outcomes = threading.Barrier(2), []

    def write(person: Person) -> None:
        barrier.wait()
        try:
            with services.database.transaction() as session:
                cycle = session.get_one(Cycle, world.cycle.id)
                operations.write_goal(session, cycle, rules.GoalWords(person.name), after=1, by=person)
            outcomes.append("kept")
        except Conflict:
            outcomes.append("told")

    threads = [threading.Thread(target=write, args=(person,)) for person in (world.asha, world.priya)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", "told"]


def test_strategies_chosen_at_the_same_moment_by_both_are_those_of_the_second(services: Services, world: World) -> None:
    barrier, failed = threading.Barrier(2), []

    def choose(person: Person) -> None:
        barrier.wait()
        try:
            with services.database.transaction() as session:
                cycle = session.get_one(Cycle, world.cycle.id)
                operations.choose_strategies(session, cycle, [world.strategy.strategy_id], by=person)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            failed.append(error)

    threads = [threading.Thread(target=choose, args=(person,)) for person in (world.asha, world.priya)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with services.database.reading() as session:
        chosen = session.scalars(select(ChosenStrategy).where(ChosenStrategy.cycle_id == world.cycle.id)).all()
        assert [each.strategy_version_id for each in chosen] == [world.strategy.id]


@pytest.mark.parametrize(
    ("typed", "unit", "value", "said"),
    [
        ("6:40", "minutes", 400 / 60, "6:40"),
        ("2", "minutes", 2, "2:00"),
        ("40 %", "%", 40, "40 %"),
        ("12", "pupils", 12, "12"),
        ("2,5", "pupils", 2.5, "2.5"),
    ],
)
def test_a_figure_is_read_as_typed_and_said_as_shown(typed: str, unit: str, value: float, said: str) -> None:
    read = rules.read_measure(typed, unit)
    assert read == pytest.approx(value)
    assert rules.say_measure(read, unit) == said


@pytest.mark.parametrize("typed", ["many", "1:2:3", "-4", "nan", "1e12"])
def test_a_figure_that_is_none_is_sent_back(typed: str) -> None:
    with pytest.raises(InvalidInput):
        rules.read_measure(typed, "minutes")


def test_the_longest_bar_nearly_fills_the_scale() -> None:
    assert rules.measure_bar(400, 170, 120) == 95
    assert rules.measure_bar(170, 400, 120) == pytest.approx(40.4)
    assert rules.measure_bar(None, None) == 0


def test_criteria_not_met_are_named_and_never_block() -> None:
    words = rules.read_goal({"statement": "All write", "easy": "It is"})
    assert rules.unmet(words) == ["powerful", "emotionally_compelling", "reachable", "student_focused"]
