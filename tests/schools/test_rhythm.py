"""What every colleague gets, and what is agreed with one of them."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.support.statements import counted
from tests.support.world import World
from veo_workflow.errors import InvalidInput
from veo_workflow.people import operations as people
from veo_workflow.people.models import Person
from veo_workflow.schools.models import School
from veo_workflow.schools.year.rules import FIGURES, read_figures
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
SENT = {"cycles_a_year": "4", "sessions_a_half_term": "2", "observations_a_half_term": "0"}
SCHOOLS, NONE = {"standing": "3,1,1"}, {"standing": ",,"}  # what the forms were filled from


def _figures(services: Services, kind: type[School | Person], world: World) -> list[int | None]:
    with services.database.reading() as session:
        row = session.get_one(kind, world.asha.school_id if kind is School else world.asha.id)
        return [getattr(row, name) for name in FIGURES]


def test_the_lead_sets_what_every_colleague_gets(client_for: SignedIn, services: Services, world: World) -> None:
    assert client_for(world.lena).post("/year/rhythm", data=SENT | SCHOOLS).status_code == 302
    assert _figures(services, School, world) == [4, 2, 0]


def test_something_else_is_agreed_with_one_colleague_and_taken_back(
    client_for: SignedIn, services: Services, world: World
) -> None:
    lena, address = client_for(world.lena), f"/year/people/{world.asha.id}"
    assert lena.post(address, data={**SENT, **NONE, "cycles_a_year": ""}).status_code == 302
    assert _figures(services, Person, world) == [None, 2, 0]
    page = lena.get("/year/people?name=asha").text
    assert "2 agreed" in page
    assert "0 agreed" in page
    assert "Priya" not in page
    assert 'value="2"' in lena.get(address).text
    assert lena.post(address, data=dict.fromkeys(SENT, "") | {"standing": ",2,0"}).status_code == 302
    assert _figures(services, Person, world) == [None, None, None]


def test_a_number_out_of_range_is_sent_back_as_it_was_typed(
    client_for: SignedIn, services: Services, world: World
) -> None:
    lena = client_for(world.lena)
    for address in ("/year/rhythm", f"/year/people/{world.asha.id}"):
        answer = lena.post(address, data={**SENT, "sessions_a_half_term": "13"})
        assert answer.status_code == 422
        assert "Write a whole number from 0 to 12." in answer.text
        assert 'value="13"' in answer.text
    assert _figures(services, School, world) == [3, 1, 1]
    assert _figures(services, Person, world) == [None, None, None]


def test_of_two_who_set_the_figures_the_second_sees_both(
    client_for: SignedIn, services: Services, world: World
) -> None:
    lena, ada = client_for(world.lena), client_for(world.ada)
    for address, kind, standing in (
        ("/year/rhythm", School, SCHOOLS),
        (f"/year/people/{world.asha.id}", Person, NONE),
    ):
        assert lena.post(address, data={**SENT, **standing}).status_code == 302
        second = ada.post(address, data={**SENT, **standing, "cycles_a_year": "9"})
        assert second.status_code == 409
        assert "Cycles in a year: 4" in second.text
        assert 'value="9"' in second.text
        assert 'name="standing" value="4,2,0"' in second.text
        assert _figures(services, kind, world) == [4, 2, 0]
        assert ada.post(address, data={**SENT, "cycles_a_year": "9", "standing": "4,2,0"}).status_code == 302
        assert _figures(services, kind, world) == [9, 2, 0]


@pytest.mark.parametrize("typed", ["", "-1", "1.5", "two", "13", "²", "٣", pytest.param("9" * 5000, id="very long")])
def test_what_is_no_number_from_0_to_12_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        read_figures({**SENT, "cycles_a_year": typed})
    assert set(wrong.value.fields) == {"cycles_a_year"}


def test_somebody_of_another_school_is_not_there(client_for: SignedIn, world: World) -> None:
    lena = client_for(world.lena)
    assert lena.get(f"/year/people/{world.olu.id}").status_code == 404
    assert lena.post(f"/year/people/{world.olu.id}", data=SENT).status_code == 404


def test_the_page_asks_as_much_for_many_colleagues_as_for_a_few(
    client_for: SignedIn, services: Services, world: World
) -> None:
    lena = client_for(world.lena)
    with counted(services.database.engine) as few:
        lena.get("/year/people")
    with services.database.transaction() as session:
        for number in range(20):
            people.add_person(
                session,
                school=world.lena.school_id,
                email=f"n{number}@example.org",
                name=f"New {number}",
                roles=frozenset(),
            )
    with counted(services.database.engine) as many:
        page = lena.get("/year/people").text
    assert len(many) == len(few) <= 8
    assert "Page 2" in page
