"""A school may ask everybody for a second step, with some days to set it up (SAFEGUARDING D2)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.people.factors.conftest import SignedIn, words
from tests.support.confirming import confirmed
from tests.support.statements import counted
from tests.support.world import PASSWORD, World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.database import now
from veo_workflow.people.factors.rules import is_due
from veo_workflow.schools.models import School
from veo_workflow.services import Services

pytestmark = pytest.mark.parametrize("database", ["sqlite"])
TODAY = now().date()
LATER = TODAY + timedelta(days=14)


def ask(services: Services, world: World, day: date | None) -> None:
    with services.database.transaction() as session:
        session.get_one(School, world.asha.school_id).second_step_from = day


def test_in_the_days_before_people_are_led_to_it_and_may_put_it_off(
    app: Flask, services: Services, world: World, asha_has_a_password: None
) -> None:
    ask(services, world, LATER)
    browser = app.test_client()
    form = {"email": world.asha.email, "password": PASSWORD, "next": "/cycles"}
    answer = browser.post("/sign-in", data=form)
    assert answer.headers["Location"] == "/me/sign-in?next=/cycles"
    page = browser.get(answer.headers["Location"]).text
    assert "your school asks everybody for a second step" in words(page)
    assert '<a class="text-link" href="/cycles">Later' in page
    assert browser.get("/cycles").status_code == 200


def test_from_the_day_on_nobody_goes_on_without(services: Services, world: World, client_for: SignedIn) -> None:
    ask(services, world, TODAY)
    asha, olu = client_for(world.asha), client_for(world.olu)
    assert asha.get("/cycles").headers["Location"] == "/me/sign-in?next=/cycles"
    assert asha.get("/api/clips/progress?id=1").status_code == 403
    assert asha.post(f"/cycles/{world.cycle.id}/stage", data={"to": "learn"}).status_code == 403
    page = asha.get("/me/sign-in?next=/cycles").text
    assert "First, a second step" in page
    assert "Later" not in words(page)
    for reached in ("/me/devices", "/protected", "/confirm"):
        assert asha.get(reached).status_code == 200, reached
    assert confirmed(asha).post("/me/sign-in/app").status_code == 303
    assert "Point your app at this" in asha.get("/me/sign-in/app").text
    assert olu.get("/cycles").status_code == 200  # at another school
    assert asha.post("/sign-out").status_code == 302


def test_who_has_one_goes_on_as_before(services: Services, world: World, set_up: object, client_for: SignedIn) -> None:
    ask(services, world, TODAY)
    assert client_for(world.asha).get("/cycles").status_code == 200


def test_the_administrator_chooses_the_day_and_two_do_not_overwrite_each_other(
    services: Services, world: World, client_for: SignedIn
) -> None:
    ada, address = client_for(world.ada), "/people/second-step"
    assert ada.post(address, data={"day": str(LATER), "standing": ""}).status_code == 403
    confirmed(ada)
    for wrong, said in (("soon", "That is not a day."), (str(TODAY - timedelta(days=2)), "That day is over.")):
        answer = ada.post(address, data={"day": wrong, "standing": ""})
        assert (answer.status_code, said in answer.text, wrong in answer.text) == (422, True, True)
    assert ada.post(address, data={"day": str(LATER), "standing": ""}).status_code == 303
    second = ada.post(address, data={"day": str(LATER + timedelta(days=1)), "standing": ""})
    assert (second.status_code, f'value="{LATER}"' in second.text) == (409, True)
    assert ada.post(address, data={"day": "", "standing": str(LATER)}).status_code == 303
    with services.database.reading() as session:
        assert session.get_one(School, world.asha.school_id).second_step_from is None
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "second_step_asked")).all()
    assert len(noted) == 2


def test_whether_it_is_asked_costs_no_statement_of_its_own(
    services: Services, world: World, client_for: Callable[..., FlaskClient]
) -> None:
    asha, asked = client_for(world.asha), []
    for day in (None, LATER):
        ask(services, world, day)
        with counted(services.database.engine) as statements:
            asha.get("/cycles")
        asked.append(len(statements))
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("needed_from", "held", "due"),
    [(None, False, False), (LATER, False, False), (TODAY, False, True), (TODAY, True, False)],
)
def test_it_is_due_from_the_day_on_for_those_without(
    database: str, needed_from: date | None, held: bool, due: bool
) -> None:
    assert is_due(needed_from, TODAY, held=held) is due
