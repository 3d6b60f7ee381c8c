"""The lead writes the playbook: every change is a new version, and what was made with an old one keeps its words."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.statements import counted
from tests.support.world import World, make_clip, make_tag
from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.queries import strategies_in_use
from veo_workflow.people.models import Person, PersonRole, Role
from veo_workflow.playbook import operations, queries
from veo_workflow.playbook.models import StrategyVersion
from veo_workflow.playbook.writing import form
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
TYPED = {
    "title": "Turn and talk",
    "purpose": "Every pupil speaks.",
    "step_name": ["Ask", "", "Turn"],
    "step_title": ["Ask the question", "", "Turn to a partner"],
    "step_colour": ["", "", "pink"],
    "step_press": ["moment", "moment", "start_end"],
    "step_lead": ["6", "6", "2.5"],
    "step_lag": ["4", "4", "0"],
    "resource_title": "How to talk",
    "resource_address": "https://example.org/talk",
}


def as_typed(version: StrategyVersion, **changed: Any) -> dict[str, Any]:
    """The form of a strategy as it stands, with something changed in it."""
    said = form.written(queries.words_of(version))
    sent: dict[str, Any] = {**said.head, "after": str(version.version)}
    for part, lines in (("step", said.steps), ("resource", said.resources)):
        for name in lines[0] if lines else ():
            sent[f"{part}_{name}"] = [line[name] for line in lines]
    return sent | changed


@pytest.fixture
def lena(client_for: SignedIn, world: World) -> FlaskClient:
    return client_for(world.lena)


@pytest.fixture
def standing(services: Services, world: World) -> Callable[[], StrategyVersion]:
    def read() -> StrategyVersion:
        with services.database.transaction() as session:
            return queries.newest_version(session, world.strategy.strategy_id)

    return read


Standing = Callable[[], StrategyVersion]


def test_a_lead_writes_a_strategy_and_every_colleague_reads_it(
    client_for: SignedIn, lena: FlaskClient, world: World
) -> None:
    answer = lena.post("/playbook/new", data=TYPED)
    assert answer.status_code == 302
    page = client_for(world.tess).get(answer.location).text
    for words in ("Turn and talk", "Ask the question", "Turn to a partner", "https://example.org/talk", "Lena Ford"):
        assert words in page
    assert '<li data-step="4"><span class="number">2</span>' in page
    assert "Change it" not in page
    assert client_for(world.olu).get(answer.location).status_code == 404


def test_a_change_is_a_new_version_and_what_was_made_before_keeps_its_words(
    services: Services, client_for: SignedIn, lena: FlaskClient, world: World, standing: Standing
) -> None:
    with services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
        make_tag(session, clip, world.priya, world.strategy)
    old = standing()
    names = ["Threshold", *(step.name for step in old.steps[1:])]
    address = f"/playbook/{old.strategy_id}"
    sent = as_typed(old, title="A calmer start", step_name=names)
    assert lena.post(f"{address}/change", data=sent).status_code == 302
    assert (standing().version, standing().title, standing().steps[0].name) == (2, "A calmer start", "Threshold")
    asha = client_for(world.asha)
    for page in (f"/clips/{clip.id}", f"/cycles/{world.cycle.id}/review"):
        text = asha.get(page).text
        assert old.steps[0].name in text, page
        assert "Threshold" not in text, page
    earlier = asha.get(f"{address}/versions/1").text
    assert "A calm start" in earlier
    assert "Read version 2, the newest" in earlier
    assert "A calmer start" in asha.get(address).text
    assert asha.get(f"{address}/versions/3").status_code == 404


def test_saving_without_a_change_makes_no_version(lena: FlaskClient, standing: Standing) -> None:
    address = f"/playbook/{standing().strategy_id}/change"
    assert lena.post(address, data=as_typed(standing())).status_code == 302
    assert standing().version == 1
    changed = as_typed(standing(), purpose="Everybody settles.")
    for _ in range(2):  # the button pressed twice
        assert lena.post(address, data=changed).status_code == 302
    assert standing().version == 2


def test_of_two_leads_the_second_reads_both_texts_and_loses_nothing(
    services: Services, client_for: SignedIn, lena: FlaskClient, world: World, standing: Standing
) -> None:
    with services.database.transaction() as session:
        session.add(PersonRole(person_id=world.tess.id, role=Role.LEAD))
    first, tess = standing(), client_for(world.tess)
    address = f"/playbook/{first.strategy_id}/change"
    assert tess.post(address, data=as_typed(first, purpose="Tess says so.")).status_code == 302
    refused = lena.post(address, data=as_typed(first, purpose="Lena says so."))
    assert refused.status_code == 409
    assert "Tess says so." in refused.text
    assert "Lena says so.</textarea>" in refused.text
    assert 'name="after" value="2"' in refused.text
    assert standing().purpose == "Tess says so."
    assert lena.post(address, data=as_typed(standing(), purpose="Lena says so.")).status_code == 302
    assert (standing().version, standing().purpose) == (3, "Lena says so.")


def test_steps_are_moved_without_javascript_and_nothing_is_saved_by_it(lena: FlaskClient, standing: Standing) -> None:
    before = standing()
    names = [step.name for step in before.steps]
    page = lena.post(f"/playbook/{before.strategy_id}/change", data=as_typed(before, do="up-step-2")).text
    assert page.index(f'value="{names[1]}"') < page.index(f'value="{names[0]}"')
    assert "Step 2 is now step 1." in page
    assert standing().version == 1
    added = lena.post("/playbook/new", data={**TYPED, "do": "add-step"}).text
    assert 'id="step-4-name"' in added
    assert 'value="Turn to a partner"' in added


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(lena: FlaskClient) -> None:
    wrong = {**TYPED, "title": "a calm START", "step_lead": ["6", "6", "2.5"]}
    refused = lena.post("/playbook/new", data=wrong)
    assert refused.status_code == 422
    assert "There is a strategy called “a calm START” already" in refused.text
    assert 'value="Turn to a partner"' in refused.text
    refused = lena.post("/playbook/new", data={**TYPED, "step_lead": ["soon", "6", "later"]})
    assert refused.status_code == 422
    assert 'id="step-2-lead-wrong"' in refused.text  # the empty step is left out
    assert 'value="later"' in refused.text


def test_a_retired_strategy_is_offered_no_more_and_stays_readable(
    services: Services, client_for: SignedIn, lena: FlaskClient, world: World, standing: Standing
) -> None:
    address = f"/playbook/{world.strategy.strategy_id}"
    assert lena.post(f"{address}/retire").status_code == 302
    tess = client_for(world.tess)
    assert "A calm start" not in tess.get("/playbook").text
    assert "A calm start" in tess.get("/playbook?shown=retired").text
    assert "Retired on" in tess.get(address).text
    with services.database.transaction() as session:
        assert [version.title for version in strategies_in_use(session, world.cycle.id)] == ["A calm start"]
    refused = lena.post(f"{address}/change", data=as_typed(standing(), purpose="Another."))
    assert refused.status_code == 422
    assert "Bring it back first" in refused.text
    assert lena.post("/playbook/new", data={**TYPED, "title": "A calm start"}).status_code == 422
    assert lena.post(f"{address}/bring-back").status_code == 302
    assert "A calm start" in tess.get("/playbook").text


def test_a_strategy_with_a_hundred_versions_costs_what_one_with_two_does(
    services: Services, lena: FlaskClient, world: World, standing: Standing
) -> None:
    def another(times: int) -> None:
        with services.database.transaction() as session:
            present = queries.newest_version(session, world.strategy.strategy_id)
            for _ in range(times):
                present = operations.next_version(session, present, queries.words_of(present), by=None)

    addresses = [f"/playbook/{standing().strategy_id}{more}" for more in ("", "/versions/1", "/change")]

    def asked() -> list[int]:
        counts = []
        for address in addresses:
            with counted(services.database.engine) as statements:
                assert lena.get(address).status_code == 200
            counts.append(len(statements))
        return counts

    another(1)
    before = asked()
    another(98)
    assert asked() == before
    assert max(before) <= 11
    assert "Version 1</a>" in lena.get(f"{addresses[0]}?page=5").text
