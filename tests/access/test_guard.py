"""What guards every address: CSRF, foreign sites, strict headers, one shape of error (SAFEGUARDING E4)."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.access.conftest import Case
from tests.access.matrix import MATRIX
from tests.access.rows import Row
from tests.support.world import World
from veo_workflow.app import create_app
from veo_workflow.people.models import Person
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
WRITES = [row for row in MATRIX if row.method != "GET" and row.endpoint != "uploads.receive_part"]


@pytest.mark.parametrize("row", WRITES, ids=lambda row: row.endpoint)
def test_no_write_is_taken_without_its_token(row: Row, fresh: Callable[[], Case]) -> None:
    case = fresh()
    browser = case.client("asha")
    browser.application.config["WTF_CSRF_ENABLED"] = True
    try:
        path = row.path.format(**case.ids.named)
        answer = browser.open(path, method=row.method)
    finally:
        browser.application.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 400


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_write_that_comes_from_another_site_is_refused(site: str, client_for: SignedIn, world: World) -> None:
    headers = {"Sec-Fetch-Site": site}
    answer = client_for(world.asha).post(f"/cycles/{world.cycle.id}/stage", data={"to": "learn"}, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nothing-here", "/api/uploads", "/healthz", "/media/x/y"])
def test_every_answer_carries_the_strict_headers(path: str, client_for: SignedIn, world: World) -> None:
    headers = client_for(world.asha).get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("far", ["192.0.2.7", "2001:db8::7"])
def test_nobody_is_served_in_the_clear_from_another_machine(far: str, app: Flask) -> None:
    browser = app.test_client()
    plain = browser.get("/sign-in", environ_overrides={"REMOTE_ADDR": far})
    assert plain.status_code == 403
    assert "VEO_TLS=1" in plain.get_data(as_text=True)
    encrypted = browser.get("/sign-in", base_url="https://localhost", environ_overrides={"REMOTE_ADDR": far})
    assert encrypted.status_code == 200


def test_an_unknown_host_is_refused(app: Flask) -> None:
    assert app.test_client().get("/sign-in", headers={"Host": "elsewhere.example"}).status_code == 400
    assert app.test_client().get("/sign-in", headers={"Host": "localhost"}).status_code == 200


def test_one_error_has_one_shape_as_a_page_and_as_json(client_for: SignedIn, world: World) -> None:
    asha = client_for(world.asha)
    page = asha.get("/cycles/01a20000-0000-7000-8000-000000000000")
    assert page.status_code == 404
    assert "There is nothing here, or it is not shared with you." in page.get_data(as_text=True)
    body = asha.get("/api/uploads/01a20000-0000-7000-8000-000000000000")
    assert body.status_code == 404
    assert {"error", "message", "retryable"} <= body.get_json().keys()


def test_a_surprise_is_told_plainly_and_saves_nothing(
    app: Flask, client_for: SignedIn, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def surprise(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("canary-inside")

    monkeypatch.setattr("veo_workflow.cycles.views.operations.move", surprise)
    answer = client_for(world.asha).post(f"/cycles/{world.cycle.id}/stage", data={"to": "learn"})
    assert answer.status_code == 500
    assert "canary-inside" not in answer.get_data(as_text=True)
    assert "Something went wrong" in answer.get_data(as_text=True)


def test_the_cookie_is_for_the_server_alone(app: Flask, world: World) -> None:
    answer = app.test_client().get("/sign-in")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_under_https_the_cookie_is_bound_to_this_host(services: Services) -> None:
    secure = create_app(Services(**{**vars(services), "settings": services.settings.model_copy(update={"tls": True})}))
    cookie = secure.test_client().get("/sign-in", base_url="https://127.0.0.1").headers["Set-Cookie"]
    assert cookie.startswith("__Host-veo=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
