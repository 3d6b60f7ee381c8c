"""An upload is its owner's alone; everybody else finds nothing there."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.clips.uploads.conftest import Rows
from tests.clips.uploads.sending import PART, Sender, film
from tests.support.world import World
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.services import Services

OTHERS = ["priya", "theo", "tess", "sam", "lena", "sid", "ada", "olu"]


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_else_reaches_an_upload(
    asha: Sender, world: World, client_for: Callable[[Person], FlaskClient], rows: Rows, name: str
) -> None:
    upload = asha.begin(film())
    other = Sender(client_for(world.everybody[name]), world.cycle.id)
    for answer in (
        other.one(upload),
        other.sign(upload, {"n": 1, "size": PART}),
        other.complete(upload),
        other.cancel(upload),
    ):
        assert (answer.status_code, answer.json["error"]) == (404, "not_found")
    assert other.open_uploads() == []
    assert rows.clip(upload) is not None


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_else_uploads_to_the_cycle(
    world: World, client_for: Callable[[Person], FlaskClient], rows: Rows, name: str
) -> None:
    other = Sender(client_for(world.everybody[name]), world.cycle.id)
    expected = 403 if name == "priya" else 404  # her coach may know of the cycle
    assert other.ask(film()).status_code == expected
    assert other.client.get(f"/cycles/{world.cycle.id}/upload").status_code == expected
    assert rows.clips() == []


def test_who_is_signed_out_is_asked_to_sign_in(client_for: Callable[[None], FlaskClient], world: World) -> None:
    nobody = Sender(client_for(None), world.cycle.id)
    assert nobody.ask(film()).status_code == 401
    assert nobody.client.get("/api/uploads").status_code == 401
    assert nobody.client.get(f"/cycles/{world.cycle.id}/upload").status_code == 302


def test_a_cycle_that_is_closed_takes_no_more(asha: Sender, services: Services, world: World) -> None:
    upload = asha.begin(film())
    with services.database.transaction() as session:
        session.get_one(Cycle, world.cycle.id).closed_at = now()
    assert asha.ask(film(seed=2)).status_code == 403
    assert asha.sign(upload, {"n": 1, "size": PART}).status_code == 403
    assert asha.complete(upload).status_code == 403
    assert asha.cancel(upload).status_code == 204


def test_a_pair_that_ended_takes_no_more(asha: Sender, services: Services, world: World) -> None:
    upload = asha.begin(film())
    with services.database.transaction() as session:
        people.end_pair(session, session.get_one(Pair, world.pair.id), by=None)
    assert asha.sign(upload, {"n": 1, "size": PART}).status_code == 403


def test_two_people_may_use_the_same_key(
    asha: Sender, world: World, client_for: Callable[[Person], FlaskClient]
) -> None:
    asha.begin(film(), "one-and-the-same")
    priya = Sender(client_for(world.priya), world.cycle.id)
    assert priya.ask(film(), "one-and-the-same").status_code == 403
