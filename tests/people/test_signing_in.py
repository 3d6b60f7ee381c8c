"""Signing in, staying signed in, and one-time links."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.support.world import PASSWORD, World
from veo_workflow.database import now
from veo_workflow.errors import Conflict, Gone, InvalidInput
from veo_workflow.people import operations, rules
from veo_workflow.people.models import LinkPurpose, OneTimeLink, Person, SignIn
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


def _invite(services: Services, person: Person, purpose: LinkPurpose = LinkPurpose.INVITATION) -> str:
    with services.database.transaction() as session:
        return operations.make_link(session, purpose, person)


def _set_password(services: Services, person: Person) -> None:
    with services.database.transaction() as session:
        operations.set_password(session, session.get_one(Person, person.id), PASSWORD)


def test_an_invitation_lets_a_person_set_a_password_and_leads_home(
    app: Flask, services: Services, world: World
) -> None:
    link = f"/welcome/{_invite(services, world.asha)}"
    browser = app.test_client()
    assert "Asha" in browser.get(link).get_data(as_text=True)
    answer = browser.post(link, data={"password": PASSWORD})
    assert answer.status_code == 302
    assert browser.get("/").status_code == 200


def test_a_link_works_once(app: Flask, services: Services, world: World) -> None:
    link = f"/welcome/{_invite(services, world.asha)}"
    app.test_client().post(link, data={"password": PASSWORD})
    again = app.test_client().post(link, data={"password": "another four quiet words"})
    assert again.status_code == 410
    assert app.test_client().get(link).status_code == 410


def test_a_newer_link_ends_the_older_one(services: Services, world: World) -> None:
    older, newer = _invite(services, world.asha), _invite(services, world.asha)
    with services.database.reading() as session:
        assert operations.find_link(session, newer)
        with pytest.raises(Gone):
            operations.find_link(session, older)


def test_a_link_grows_too_old(services: Services, world: World) -> None:
    token = _invite(services, world.asha, LinkPurpose.PASSWORD_RESET)
    with services.database.transaction() as session:
        link = session.scalars(select(OneTimeLink)).one()
        link.expires_at = now() - timedelta(seconds=1)
    with services.database.reading() as session, pytest.raises(Gone):
        operations.find_link(session, token)


def test_a_short_password_is_sent_back_with_a_remedy(app: Flask, services: Services, world: World) -> None:
    link = f"/welcome/{_invite(services, world.asha)}"
    answer = app.test_client().post(link, data={"password": "short"})
    assert answer.status_code == 422
    assert "at least 12 characters" in answer.get_data(as_text=True)
    assert app.test_client().get(link).status_code == 200  # nothing is lost: the link still works


def test_the_right_password_signs_in_and_a_wrong_one_says_the_same_as_a_wrong_name(
    app: Flask, services: Services, world: World
) -> None:
    _set_password(services, world.asha)
    right = app.test_client().post("/sign-in", data={"email": "ASHA@example.org ", "password": PASSWORD})
    assert right.status_code == 302
    pages = [
        app.test_client().post("/sign-in", data={"email": email, "password": "x" * 12})
        for email in ("asha@example.org", "nobody@example.org")
    ]
    assert [page.status_code for page in pages] == [422, 422]
    assert all(operations.WRONG in page.get_data(as_text=True) for page in pages)


def test_a_password_is_kept_by_argon2id_with_what_rfc_9106_asks_for(own_hasher: PasswordHasher) -> None:
    assert extract_parameters(own_hasher.hash(PASSWORD)) == RFC_9106_LOW_MEMORY


def test_nobody_waits_for_the_database_while_a_password_is_checked(
    app: Flask, services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set_password(services, world.asha)

    class Busy(PasswordHasher):
        def verify(self, *what: Any) -> Literal[True]:
            with services.database.transaction() as session:
                session.get_one(Person, world.priya.id).name = "Somebody else wrote"
            return super().verify(*what)

    monkeypatch.setattr(operations, "HASHER", Busy())
    form = {"email": world.asha.email, "password": PASSWORD}
    assert app.test_client().post("/sign-in", data=form).status_code == 302


@pytest.mark.parametrize("change", [{"password_hash": "another"}, {"disabled_at": now()}])
def test_what_changes_while_a_password_is_checked_counts(
    services: Services, world: World, change: dict[str, object]
) -> None:
    _set_password(services, world.asha)
    with services.database.reading() as session:
        recognised = operations.recognise(session, world.asha.email, PASSWORD)
    with services.database.transaction() as session:
        session.execute(update(Person).where(Person.id == world.asha.id).values(change))
    with services.database.transaction() as session, pytest.raises(InvalidInput):
        operations.settle(session, recognised)


def test_a_password_is_kept_as_safely_as_new_ones_from_the_next_sign_in_on(
    services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set_password(services, world.asha)
    monkeypatch.setattr(operations, "HASHER", PasswordHasher(time_cost=operations.HASHER.time_cost + 1))
    with services.database.reading() as session:
        recognised = operations.recognise(session, world.asha.email, PASSWORD)
    with services.database.transaction() as session:
        operations.settle(session, recognised)
    with services.database.reading() as session:
        kept = session.get_one(Person, world.asha.id).password_hash
        assert kept is not None
        assert not operations.HASHER.check_needs_rehash(kept)
        operations.recognise(session, world.asha.email, PASSWORD)


def test_signing_in_goes_on_to_our_own_pages_only(app: Flask, services: Services, world: World) -> None:
    _set_password(services, world.asha)
    for onward, expected in (("/cycles", "/cycles"), ("https://elsewhere.example/", "/"), ("//elsewhere.example", "/")):
        form = {"email": world.asha.email, "password": PASSWORD, "next": onward}
        assert app.test_client().post("/sign-in", data=form).headers["Location"] == expected


def test_a_cookie_kept_from_before_signing_out_is_refused_afterwards(
    app: Flask, client_for: SignedIn, world: World
) -> None:
    browser = client_for(world.asha)
    kept = browser.get_cookie("veo")
    assert kept is not None
    assert browser.get("/").status_code == 200
    browser.post("/sign-out")
    thief = app.test_client()
    thief.set_cookie("veo", kept.value)
    assert thief.get("/").status_code == 302


def test_a_new_password_ends_every_sign_in(client_for: SignedIn, services: Services, world: World) -> None:
    browser = client_for(world.asha)
    _set_password(services, world.asha)
    assert browser.get("/").status_code == 302


def test_a_disabled_person_is_out_at_the_next_request(client_for: SignedIn, services: Services, world: World) -> None:
    browser = client_for(world.asha)
    with services.database.transaction() as session:
        session.get_one(Person, world.asha.id).disabled_at = now()
    assert browser.get("/").status_code == 302


@pytest.mark.parametrize("column", ["last_seen_at", "created_at"])
def test_a_sign_in_ends_when_idle_and_in_any_case_after_its_lifetime(
    column: str, client_for: SignedIn, services: Services, world: World
) -> None:
    browser = client_for(world.asha)
    with services.database.transaction() as session:
        row = session.scalars(select(SignIn)).one()
        setattr(row, column, now() - timedelta(days=15))
    assert browser.get("/").status_code == 302


def test_being_seen_is_noted_at_most_every_five_minutes(client_for: SignedIn, services: Services, world: World) -> None:
    browser = client_for(world.asha)
    with services.database.transaction() as session:
        session.scalars(select(SignIn)).one().last_seen_at = now() - timedelta(minutes=6)
    browser.get("/")
    with services.database.reading() as session:
        noted = session.scalars(select(SignIn)).one().last_seen_at
    assert now() - noted < timedelta(minutes=1)
    browser.get("/")
    with services.database.reading() as session:
        assert session.scalars(select(SignIn)).one().last_seen_at == noted


def test_the_database_keeps_no_token_and_no_password(services: Services, world: World) -> None:
    token = _invite(services, world.asha)
    _set_password(services, world.asha)
    with services.database.reading() as session:
        link = session.scalars(select(OneTimeLink)).one()
        person = session.get_one(Person, world.asha.id)
    assert token not in link.token_hash
    assert person.password_hash is not None
    assert person.password_hash.startswith("$argon2id$")


def test_two_people_cannot_have_one_address(services: Services, world: World) -> None:
    with services.database.transaction() as session, pytest.raises(Conflict):
        operations.add_person(
            session, school=world.asha.school_id, email="Asha@Example.org", name="Another", roles=frozenset()
        )


def test_two_active_pairs_of_the_same_two_people_are_refused(services: Services, world: World) -> None:
    with services.database.transaction() as session, pytest.raises(Conflict, match="already coaches"):
        operations.make_pair(
            session, coach=world.priya, coachee=world.asha, starts_on=now().date(), ends_on=None, by=None
        )


@pytest.mark.parametrize(
    "password", ["password1234", "123456123456", "aaaaaaaaaaaa", "asha@example.org", "x" * 129, "elevenchars"]
)
def test_a_password_anybody_would_try_first_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput):
        rules.check_password(password, "asha@example.org")


def test_the_first_administrator_makes_the_school(app: Flask, services: Services) -> None:
    with services.database.transaction() as session:
        token = operations.make_link(session, LinkPurpose.FIRST_ADMINISTRATOR, None)
    form = {"school": "Cedar School", "name": "Jo Field", "email": "jo@cedar.example", "password": PASSWORD}
    browser = app.test_client()
    assert browser.get(f"/begin/{token}").status_code == 200
    short = browser.post(f"/begin/{token}", data=form | {"password": "short"})
    assert short.status_code == 422
    assert "Cedar School" in short.get_data(as_text=True)  # what was typed is still there
    assert browser.post(f"/begin/{token}", data=form).status_code == 302
    assert browser.get("/people").status_code == 200
    assert "A calm start" in browser.get("/playbook").get_data(as_text=True)
    assert app.test_client().get(f"/begin/{token}").status_code == 410


def test_an_administrator_invites_somebody_and_a_mistake_loses_nothing(client_for: SignedIn, world: World) -> None:
    ada = client_for(world.ada)
    taken = ada.post("/people", data={"email": "asha@example.org", "name": "Another Asha"})
    assert taken.status_code == 409
    assert "Another Asha" in taken.get_data(as_text=True)
    page = ada.post("/people", data={"email": "new@example.org", "name": "Nia Lock"}).get_data(as_text=True)
    link = re.search(r"http://localhost(/welcome/[\w-]+)", page)
    assert link is not None
    assert "Nia" in client_for(None).get(link[1]).get_data(as_text=True)
