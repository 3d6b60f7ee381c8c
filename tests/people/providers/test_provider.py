"""Signing in with an account elsewhere, against a provider in a process of its own (SAFEGUARDING D2)."""

import html
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.support.confirming import carried_on
from tests.support.provider import CLIENT, SECRET, Provider, private_provider
from tests.support.world import World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.database import now
from veo_workflow.people.models import Person, Role, SignIn
from veo_workflow.people.providers.client import REFUSED
from veo_workflow.people.providers.models import Identity
from veo_workflow.people.providers.operations import STRANGER
from veo_workflow.people.signing_in import CONFIRMED
from veo_workflow.services import Services
from veo_workflow.settings import BadSettings, Settings, load

ONCE = pytest.mark.parametrize("database", ["sqlite"])
SignedIn = Callable[[Person | None], FlaskClient]
ASHA = {"sub": "a-1", "email": "Asha@Example.org", "email_verified": True}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with private_provider() as running:
        yield running


@pytest.fixture
def settings(settings: Settings, provider: Provider) -> Settings:
    to = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET, "oidc_name": "Alder"}
    return settings.model_copy(update=to)


def leave(browser: FlaskClient, address: str = "/sign-in/provider?next=/cycles") -> str:
    """To the provider; returns the address it sends the browser back to."""
    away = browser.get(address)
    assert away.status_code == 302
    back = requests.get(away.headers["Location"], allow_redirects=False, timeout=60)
    return back.headers["Location"].removeprefix("http://localhost")


def sign_in(browser: FlaskClient) -> TestResponse:
    return browser.get(leave(browser))


def test_who_was_invited_is_linked_once_and_from_then_on_known_by_subject_alone(
    provider: Provider, services: Services, world: World, client_for: SignedIn
) -> None:
    assert "Sign in with Alder" in client_for(None).get("/sign-in").text
    provider.says(claims=ASHA)
    browser = client_for(None)
    answer = sign_in(browser)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/cycles")
    assert "Asha Khan" in browser.get("/").text
    provider.says(claims={**ASHA, "email": "asha.married@example.org"})
    assert sign_in(client_for(None)).status_code == 302
    provider.says(claims={**ASHA, "sub": "a-2"})  # her old address goes to somebody else
    stranger = sign_in(client_for(None))
    assert (stranger.status_code, STRANGER in stranger.text) == (422, True)
    with services.database.reading() as session:
        linked = session.scalars(select(Identity)).one()
        done = session.scalars(select(AuditEntry.action).where(AuditEntry.person_id == world.asha.id)).all()
    assert (linked.person_id, linked.issuer, linked.subject) == (world.asha.id, provider.issuer, "a-1")
    assert (done.count("identity_linked"), done.count("signed_in")) == (1, 2)


@ONCE
def test_strangers_stay_strangers(provider: Provider, services: Services, world: World, client_for: SignedIn) -> None:
    for claims in (
        {"sub": "n-1", "email": "nobody@example.org", "email_verified": True},
        {**ASHA, "email_verified": False},
        {**ASHA, "email_verified": "true"},
        {"sub": "a-1", "email": "asha@example.org"},
        {"sub": "a-1"},
    ):
        provider.says(claims=claims)
        answer = sign_in(client_for(None))
        assert (answer.status_code, STRANGER in answer.text) == (422, True), claims
    with services.database.reading() as session:
        assert session.scalars(select(Identity)).all() == []
        assert session.scalars(select(SignIn)).all() == []


@ONCE
def test_what_is_forged_old_or_meant_for_another_lets_nobody_in(
    provider: Provider, services: Services, world: World, client_for: SignedIn
) -> None:
    wrongs = ("none", "shared key", "key", "changed", "audience", "issuer", "nonce", "no nonce", "expired")
    for wrong in wrongs:
        provider.says(claims=ASHA, wrong=wrong)
        browser = client_for(None)
        answer = sign_in(browser)
        assert (answer.status_code, REFUSED in answer.text) == (422, True), wrong
        assert browser.get("/").status_code == 302, wrong
    provider.says(claims=ASHA, wrong="described")
    assert client_for(None).get("/sign-in/provider").status_code == 422
    provider.says(claims=ASHA, wrong="refused")
    assert sign_in(client_for(None)).status_code == 422
    with services.database.reading() as session:
        assert session.scalars(select(Identity)).all() == []


@ONCE
def test_the_way_back_is_for_the_browser_that_left_and_once(
    provider: Provider, world: World, client_for: SignedIn
) -> None:
    provider.says(claims=ASHA)
    victim, attacker = client_for(None), client_for(None)
    planted = leave(attacker)
    assert victim.get(planted).status_code == 422
    leave(victim)
    assert victim.get(planted).status_code == 422
    assert victim.get("/").status_code == 302
    back = leave(victim)
    assert victim.get(back.replace("code=", "code=x")).status_code == 422
    assert victim.get(back).status_code == 422  # it was come back from
    asked = parse_qs(urlsplit(victim.get("/sign-in/provider").headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) == len(asked["nonce"][0]) == 43
    assert "prompt" not in asked


@ONCE
def test_an_account_that_is_closed_stays_closed(
    provider: Provider, services: Services, world: World, client_for: SignedIn
) -> None:
    provider.says(claims=ASHA)
    assert sign_in(client_for(None)).status_code == 302
    with services.database.transaction() as session:
        session.execute(update(Person).where(Person.id == world.asha.id).values(disabled_at=now()))
    assert sign_in(client_for(None)).status_code == 422
    with services.database.transaction() as session:
        session.execute(delete(Identity))
    assert sign_in(client_for(None)).status_code == 422


@ONCE
def test_the_providers_word_stands_in_for_a_password_only_where_there_is_none(
    provider: Provider, services: Services, world: World, client_for: SignedIn
) -> None:
    provider.says(claims=ASHA)
    browser = client_for(None)
    sign_in(browser)
    assert browser.post("/me/sign-in/app").status_code == 303
    again = parse_qs(urlsplit(browser.get("/sign-in/provider").headers["Location"]).query)
    assert again["prompt"] == ["login"]
    assert "Sign in once more with Alder" in browser.get("/confirm?next=/cycles").text
    with services.database.transaction() as session:
        session.get_one(Person, world.asha.id).password_hash = "one of her own"
    browser = client_for(None)
    sign_in(browser)
    asked = browser.post("/me/sign-in/app")
    assert (asked.status_code, "Sign in once more" in asked.text) == (403, False)


@ONCE
def test_what_was_typed_waits_for_its_writer_while_the_provider_is_asked(
    provider: Provider, services: Services, world: World, client_for: SignedIn
) -> None:
    """Ada gives Tess a role; nobody else gets the form, and one that is too long says so before she leaves."""
    ada = {"sub": "d-1", "email": "ada@example.org", "email_verified": True}
    provider.says(claims=ada)
    browser, form = client_for(world.ada), {"roles": ["lead", "administrator"], "seen": [], "why": "canary — “so”"}
    asked = browser.post(f"/people/{world.tess.id}/roles", data=form)
    assert (asked.status_code, "Sign in once more with Alder" in asked.text) == (403, True)
    away = html.unescape(asked.text.partition('class="button" href="')[2].partition('"')[0])
    came = browser.get(leave(browser, away))
    page = browser.get(came.headers["Location"])
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    sent = MultiDict(carried_on(page.text, f'action="/people/{world.tess.id}/roles"'))
    assert sorted(sent.items(multi=True)) == [("roles", "administrator"), ("roles", "lead"), ("why", form["why"])]
    assert client_for(world.tess).get(came.headers["Location"]).status_code == 404
    assert client_for(None).get(came.headers["Location"]).status_code == 302
    kept_there = [services.redis.get(key) or b"" for key in services.redis.keys("veo:typed:*")]
    assert [b"canary" in value for value in kept_there] == [False], "sealed"
    assert 0 < services.redis.ttl(services.redis.keys("veo:typed:*")[0]) <= 15 * 60
    assert browser.post(f"/people/{world.tess.id}/roles", data=sent).status_code == 302
    with services.database.reading() as session:
        assert session.get_one(Person, world.tess.id).has(Role.LEAD)

    with browser.session_transaction() as cookie:
        del cookie[CONFIRMED]
    long = browser.post(f"/people/{world.tess.id}/roles", data={"why": "x" * 70_000})
    assert (long.status_code, "too long to wait" in long.text) == (403, True)
    away = html.unescape(long.text.partition('class="button" href="')[2].partition('"')[0])
    assert browser.get(leave(browser, away)).headers["Location"] == "/confirm"


@ONCE
def test_a_second_step_is_asked_after_the_provider_too(
    provider: Provider, set_up: object, world: World, client_for: SignedIn
) -> None:
    provider.says(claims=ASHA)
    browser = client_for(None)
    assert sign_in(browser).headers["Location"] == "/sign-in/second"
    assert browser.get("/").status_code == 302


@ONCE
def test_a_provider_that_does_not_answer_leaves_the_password(
    services: Services, world: World, client_for: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = services.settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:1"})
    browser = client_for(None)
    monkeypatch.setitem(browser.application.extensions, "veo", Services(**{**vars(services), "settings": gone}))
    answer = browser.get("/sign-in/provider?next=/cycles")
    assert (answer.status_code, "Use your password" in answer.text) == (503, True)
    assert 'value="/cycles"' in answer.text


@pytest.mark.parametrize(
    ("issuer", "secret"), [("http://accounts.example", "x"), ("ftp://127.0.0.1", "x"), ("https://accounts.example", "")]
)
def test_settings_that_would_send_secrets_in_the_clear_are_refused(
    issuer: str, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEO_OIDC_ISSUER", issuer)
    monkeypatch.setenv("VEO_OIDC_CLIENT_ID", "x")
    monkeypatch.setenv("VEO_OIDC_CLIENT_SECRET", secret)
    load.cache_clear()
    with pytest.raises(BadSettings, match="VEO_OIDC"):
        load()
    load.cache_clear()
