"""The playbook: a starter in our own words, and lists that stay cheap."""

import re
from collections.abc import Callable
from importlib import resources

import pytest
import yaml
from flask.testing import FlaskClient

from tests.support.statements import counted
from tests.support.world import World, make_cycle
from veo_workflow.people.models import Pair, Person
from veo_workflow.playbook.models import PressKind
from veo_workflow.playbook.operations import add_strategy
from veo_workflow.schools.models import School
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
STARTER = yaml.safe_load(resources.files("veo_workflow.playbook").joinpath("starter.yaml").read_text(encoding="utf-8"))


def test_the_starter_playbook_has_at_least_eight_strategies_with_steps() -> None:
    assert len(STARTER) >= 8
    assert len({strategy["title"] for strategy in STARTER}) == len(STARTER)
    assert all(3 <= len(strategy["steps"]) <= 9 for strategy in STARTER)


def test_every_step_can_be_named_read_and_talked_about() -> None:
    for step in (step for strategy in STARTER for step in strategy["steps"]):
        assert len(step["name"]) <= 12
        assert step["title"]
        assert step["prompt"].endswith("?")
        assert PressKind(step.get("press", "moment"))


def test_lists_ask_the_database_the_same_number_of_things_whatever_there_is(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha = client_for(world.asha)
    paths = ("/playbook", f"/playbook/{world.strategy.strategy_id}", "/cycles", "/cycles/new")
    before = [_asked(services, asha, path) for path in paths]
    with services.database.transaction() as session:
        school = session.get_one(School, world.asha.school_id)
        pair = session.get_one(Pair, world.pair.id)
        for number in range(30):
            add_strategy(session, school, STARTER[0] | {"title": f"Strategy {number}"})
            make_cycle(session, pair, world.asha, focus=f"Focus {number}")
    assert [_asked(services, asha, path) for path in paths] == before
    assert max(before) <= 12


def _asked(services: Services, browser: FlaskClient, path: str) -> int:
    with counted(services.database.engine) as statements:
        assert browser.get(path).status_code == 200
    return len(statements)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("GREET child", ["A calm start"]),
        ("greet zebra", []),
        ("100%", []),
        ("_", []),
        (" ".join(["the"] * 500), None),
    ],
)
def test_the_playbook_is_searched_by_words_in_a_strategy_or_its_steps(
    client_for: SignedIn, world: World, words: str, found: list[str] | None
) -> None:
    page = client_for(world.tess).get("/playbook", query_string={"words": words})
    assert page.status_code == 200
    if found is not None:
        assert re.findall(r'<h2><a href="[^"]*">([^<]*)</a></h2>', page.text) == found
