"""Two wordings of a goal stand side by side; what differs is marked, for those who hear the page too."""

from collections.abc import Callable
from datetime import date

from flask.testing import FlaskClient

from tests.support.world import World
from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.operations import write_goal
from veo_workflow.cycles.rules import GoalWords
from veo_workflow.cycles.wordings.rules import Compared, compare
from veo_workflow.people.models import Person
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
OLD = GoalWords("All write within two minutes.", unit="minutes", baseline=6.5)
NEW = GoalWords("All children write within ninety seconds.", unit="minutes", baseline=6.5, by_date=date(2026, 12, 18))


def test_words_that_stay_are_not_marked() -> None:
    statement, unit, baseline, by_date = compare(OLD, NEW)
    assert statement == Compared(
        "The goal",
        (("same", "All "), ("same", "write within "), ("gone", "two minutes.")),
        (("same", "All "), ("new", "children "), ("same", "write within "), ("new", "ninety seconds.")),
    )
    assert (unit.differs, baseline.differs, baseline.old) == (False, False, (("same", "6:30"),))
    assert by_date == Compared("By", (), (("new", "18 December 2026"),))


def test_the_page_says_what_was_taken_out_and_what_is_new(
    client_for: SignedIn, services: Services, world: World
) -> None:
    with services.database.transaction() as session:
        write_goal(session, session.get_one(Cycle, world.cycle.id), NEW, after=1, by=world.priya)
    priya = client_for(world.priya)
    address = f"/cycles/{world.cycle.id}/goal"
    assert f"{address}/1/2" in priya.get(f"/cycles/{world.cycle.id}").text
    page = priya.get(f"{address}/1/2").text
    assert '<del><span class="hidden-words">[taken out: </span>Everybody writes' in page
    assert '<ins><span class="hidden-words">[new: </span>All children' in page
    assert priya.get(f"{address}/2/1").text.count("<del>") == page.count("<del>")
    assert priya.get(f"{address}/1/3").status_code == 404
    assert priya.get(f"{address}/1/{10**30}").status_code == 404


def test_a_goal_without_a_measure_moves_on_and_that_is_said(client_for: SignedIn, world: World) -> None:
    asha, address = client_for(world.asha), f"/cycles/{world.cycle.id}"
    asha.post(f"{address}/stage", data={"to": "learn"})
    assert "The goal has no measure yet." in asha.get(address).text
    assert asha.post(f"{address}/stage", data={"to": "improve"}).status_code == 302
