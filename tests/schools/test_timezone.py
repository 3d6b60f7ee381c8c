"""The school says where it is, and every screen says its times there."""

import html
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.support.statements import counted
from tests.support.world import ZONE, World
from veo_workflow.notices.models import Notice
from veo_workflow.people.models import Person
from veo_workflow.schools.models import School
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


def _zone(services: Services, person: Person) -> str:
    with services.database.reading() as session:
        return session.get_one(School, person.school_id).timezone


def _form(timezone: str, standing: str = ZONE) -> dict[str, str]:
    return {"timezone": timezone, "standing": standing}


def test_times_are_said_where_the_school_is(client_for: SignedIn, services: Services, world: World) -> None:
    late = datetime(2026, 1, 17, 20, 40, tzinfo=UTC)
    with services.database.transaction() as session:
        session.execute(update(Notice).values(happened_at=late))
    asha, olu = client_for(world.asha), client_for(world.olu)
    assert "17 January" in asha.get("/notices").text
    assert client_for(world.lena).post("/year/timezone", data=_form("Pacific/Auckland")).status_code == 302
    with counted(services.database.engine) as asked:
        page = asha.get("/notices").text
    assert "18 January" in page
    assert "17 January" not in page
    assert len(asked) <= 8
    assert _zone(services, world.olu) == ZONE
    assert olu.get("/notices").status_code == 200


@pytest.mark.parametrize("typed", ["", "London", "Europe/Londinium", "../../etc/passwd", "Europe/", "Etc/GMT+3", "UTC"])
def test_what_is_no_zone_to_choose_from_is_refused(
    client_for: SignedIn, services: Services, world: World, typed: str
) -> None:
    answer = client_for(world.ada).post("/year/timezone", data=_form(typed))
    assert answer.status_code == 422
    assert "Choose one from the list" in answer.text
    assert _zone(services, world.ada) == ZONE


def test_of_two_who_choose_a_zone_the_second_sees_both(client_for: SignedIn, services: Services, world: World) -> None:
    assert client_for(world.lena).post("/year/timezone", data=_form("Asia/Kolkata")).status_code == 302
    ada = client_for(world.ada)
    answer = ada.post("/year/timezone", data=_form("Asia/Tokyo"))
    assert answer.status_code == 409
    page = html.unescape(answer.text)
    assert "As it stands now: Asia/Kolkata" in page
    assert '<option value="Asia/Tokyo" selected>' in page
    assert ada.post("/year/timezone", data=_form("Asia/Tokyo", standing="Asia/Kolkata")).status_code == 302
    assert _zone(services, world.ada) == "Asia/Tokyo"
