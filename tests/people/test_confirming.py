"""Before their data goes out, somebody who is signed in gives their password once more (SAFEGUARDING D5)."""

import html
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from tests.support.confirming import carried_on, confirmed
from tests.support.world import PASSWORD, World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.database import now
from veo_workflow.people import operations as people
from veo_workflow.people import signing_in
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.takeout.person import operations
from veo_workflow.takeout.person.making import make_next

SignedIn = Callable[[Person | None], FlaskClient]


@pytest.fixture
def archive(services: Services, world: World) -> str:
    """Where Asha's archive is fetched."""
    with services.database.transaction() as session:
        for person in (world.asha, world.priya, world.ada):
            people.set_password(session, session.get_one(Person, person.id), PASSWORD)
        asked = operations.ask(session, session.get_one(Person, world.asha.id), services.doorbell)
    assert make_next(services)
    return f"/me/takeout/{asked.id}.zip"


def confirm(browser: FlaskClient, archive: str, password: str = PASSWORD) -> int:
    return browser.post("/confirm", data={"password": password, "next": archive}).status_code


def test_who_gives_it_goes_on_and_who_does_not_gets_nothing(world: World, client_for: SignedIn, archive: str) -> None:
    asha = client_for(world.asha)
    asked = asha.get(archive)
    assert (asked.status_code, asked.headers["Location"]) == (302, f"/confirm?next={archive}")
    assert "Is it you, Asha?" in asha.get(asked.headers["Location"]).get_data(as_text=True)
    assert confirm(asha, archive, "another password") == 422
    assert asha.get(archive).status_code == 302
    onward = asha.post("/confirm", data={"password": PASSWORD, "next": archive})
    assert (onward.status_code, onward.headers["Location"]) == (303, archive)
    assert asha.get(archive).status_code == 200
    elsewhere = asha.post("/confirm", data={"password": PASSWORD, "next": "https://elsewhere.example/"})
    assert elsewhere.headers["Location"] == "/"


def test_it_counts_for_a_quarter_of_an_hour(
    world: World, client_for: SignedIn, archive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asha = client_for(world.asha)
    confirm(asha, archive)
    monkeypatch.setattr(signing_in, "now", lambda: now() + timedelta(minutes=16))
    assert asha.get(archive).status_code == 302


def test_it_counts_for_that_person_and_that_sign_in_alone(world: World, client_for: SignedIn, archive: str) -> None:
    """On a shared iPad Priya gave hers, signed out, and somebody signed Asha in without her password."""
    shared = client_for(world.priya)
    assert confirm(shared, archive) == 303
    with shared.session_transaction() as cookie, client_for(world.asha).session_transaction() as ashas:
        cookie["_user_id"] = ashas["_user_id"]
    assert shared.get(archive).status_code == 302


def test_signing_in_has_given_it(world: World, client_for: SignedIn, archive: str) -> None:
    nobody = client_for(None)
    nobody.post("/sign-in", data={"email": world.asha.email, "password": PASSWORD})
    assert nobody.get(archive).status_code == 200


def test_it_cannot_be_guessed_at_will(world: World, client_for: SignedIn, archive: str) -> None:
    asha = client_for(world.asha)
    assert [confirm(asha, archive, "guess") for _ in range(11)][-1] == 429


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_form_that_needs_it_is_sent_on_with_nothing_lost(world: World, client_for: SignedIn, archive: str) -> None:
    ada = client_for(world.ada)
    form = {"name": "New “Lead”", "email": "new@example.org", "roles": ["lead", "administrator"]}
    asked = ada.post("/people", data=form)
    assert asked.status_code == 403
    assert "Is it you, Ada?" in asked.text
    assert "new@example.org" not in ada.get("/people").text
    again = carried_on(asked.text)
    assert [value for name, value in again if name == "roles"] == ["lead", "administrator"]
    wrong = ada.post("/confirm", data=MultiDict([*again, ("password", "not hers")]))
    assert (wrong.status_code, carried_on(wrong.text)) == (422, again)
    onward = ada.post("/confirm", data=MultiDict([*again, ("password", PASSWORD)]))
    assert (onward.status_code, onward.headers["Location"]) == (307, "/people")  # a browser sends the same once more
    ada.post("/people", data=MultiDict([*again, ("password", PASSWORD)]))
    assert "New “Lead”" in html.unescape(ada.get("/people").text)


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize(("who", "export"), [("ada", "/people/staff.csv"), ("lena", "/overview/logs.csv")])
def test_a_list_of_the_school_goes_out_after_it_alone(
    who: str, export: str, services: Services, world: World, client_for: SignedIn
) -> None:
    browser = client_for(world.everybody[who])
    assert browser.get(export).headers["Location"] == f"/confirm?next={export}"
    assert confirmed(browser).get(export).mimetype == "text/csv"
    with services.database.reading() as session:
        asked = select(AuditEntry.action).where(AuditEntry.person_id == world.everybody[who].id)
        written = [action for action in session.scalars(asked) if action.endswith("_exported")]
    assert len(written) == 1
