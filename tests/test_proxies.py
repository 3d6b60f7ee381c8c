"""Who stands in front is believed as far as the settings say, and nobody else: address, scheme, cookie, names."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.world import World
from veo_workflow import settings as settings_module
from veo_workflow.app import create_app
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.settings import BadSettings, Settings

SCHOOL = "https://coaching.school.example"
FORGED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "elsewhere.example"}

Built = Callable[..., Flask]


@pytest.fixture
def app_with(services: Services) -> Built:
    def build(**changes: object) -> Flask:
        settings = services.settings.model_copy(update=changes)
        return create_app(Services(**{**vars(services), "settings": settings}))

    return build


def test_by_default_nobody_is_believed(app_with: Built) -> None:
    browser = app_with().test_client()
    assert browser.get("/sign-in", headers=FORGED).status_code == 200, "still this machine"
    far = {"REMOTE_ADDR": "203.0.113.9"}
    assert browser.get("/sign-in", headers={"X-Forwarded-For": "127.0.0.1"}, environ_overrides=far).status_code == 403
    assert browser.get("/sign-in", headers={"X-Forwarded-Proto": "https"}, environ_overrides=far).status_code == 403


def test_one_proxy_says_who_asks_and_how(app_with: Built) -> None:
    browser = app_with(proxies=1, public_origin=SCHOOL).test_client()
    named = {"Host": "coaching.school.example"}
    far = {**named, "X-Forwarded-For": "203.0.113.9"}
    assert browser.get("/sign-in", headers={**far, "X-Forwarded-Proto": "http"}).status_code == 403
    assert browser.get("/sign-in", headers={**far, "X-Forwarded-Proto": "https"}).status_code == 200


@pytest.mark.parametrize("claim", ["127.0.0.1, 203.0.113.9", "unknown", "203.0.113.9:55", ""])
def test_of_several_claims_only_the_last_counts_and_nonsense_is_not_this_machine(app_with: Built, claim: str) -> None:
    browser = app_with(proxies=1).test_client()
    headers = {"X-Forwarded-For": claim} if claim else {}
    answer = browser.get("/sign-in", headers=headers, environ_overrides={} if claim else {"REMOTE_ADDR": ""})
    assert answer.status_code == 403


def test_the_name_is_never_taken_from_a_claim(
    app_with: Built, world: World, client_for: Callable[[Person], FlaskClient]
) -> None:
    app = app_with(proxies=1)
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    signed_in = client_for(world.ada)
    with signed_in.session_transaction() as known, browser.session_transaction() as cookie:
        cookie.update(known)
    answer = browser.post("/people", data={"email": "new@example.org", "name": "New Person"}, headers=FORGED)
    page = answer.get_data(as_text=True)
    assert "https://localhost/welcome/" in page
    assert "elsewhere.example" not in page


def test_where_people_come_over_https_the_cookie_is_bound_to_it(app_with: Built) -> None:
    browser = app_with(proxies=1, public_origin=SCHOOL).test_client()
    answer = browser.get(
        "/sign-in", headers={"Host": "coaching.school.example", "X-Forwarded-Proto": "https"}, base_url=SCHOOL
    )
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-veo=")
    assert "Secure" in cookie


@pytest.mark.parametrize("origin", ["coaching.school.example", "https://a.example/path", "ftp://a.example", "https://"])
def test_an_address_that_is_no_origin_is_refused(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    monkeypatch.setenv("VEO_PUBLIC_ORIGIN", origin)
    settings_module.load.cache_clear()
    with pytest.raises(BadSettings, match=r"^VEO_PUBLIC_ORIGIN cannot be used"):
        settings_module.load()


def test_nginx_without_its_word_being_believed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEO_NGINX", "1")
    settings_module.load.cache_clear()
    with pytest.raises(BadSettings, match=r"^VEO_NGINX cannot be used .*: needs VEO_PROXIES=1"):
        settings_module.load()


def test_the_address_people_type_is_the_one_that_links_are_made_of() -> None:
    assert Settings(public_origin=SCHOOL).origin == SCHOOL
    assert Settings(port=8001).origin == "http://127.0.0.1:8001"
