import html
import re
from collections.abc import Callable

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.confirming import confirmed
from tests.support.world import PASSWORD, World
from veo_workflow.database import now
from veo_workflow.people import operations
from veo_workflow.people.factors import operations as factors
from veo_workflow.people.models import Person
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


class App:
    """Somebody's app: it knows the secret, and what it shows from one half-minute to the next."""

    def __init__(self, secret: str) -> None:
        self.shown = pyotp.TOTP(secret)

    def code(self, at: float, later: int = 0) -> str:
        return self.shown.generate_otp(int(at) // 30 + later)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[], float]:
    """What time it is: always the same, unless a test says otherwise."""
    at = now()
    monkeypatch.setattr(factors, "now", lambda: at)
    return at.timestamp


@pytest.fixture
def asha_has_a_password(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        operations.set_password(session, session.get_one(Person, world.asha.id), PASSWORD)


@pytest.fixture
def set_up(
    asha_has_a_password: None, clock: Callable[[], float], world: World, client_for: SignedIn
) -> tuple[App, list[str]]:
    """Asha has set up an app, by hand; the recovery codes that she was shown."""
    asha = confirmed(client_for(world.asha))
    assert asha.post("/me/sign-in/app").status_code == 303
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", asha.get("/me/sign-in/app").text)
    assert secret is not None
    app = App(secret[1].replace(" ", ""))
    page = asha.post("/me/sign-in/app/check", data={"code": app.code(clock())}).text
    return app, re.findall(r"<li><code>([a-z0-9-]+)</code>", page)


@pytest.fixture
def half_way(app: Flask, world: World) -> Callable[[], FlaskClient]:
    """A browser that is new, in which Asha has given her password."""

    def password_given() -> FlaskClient:
        browser = app.test_client()
        form = {"email": world.asha.email, "password": PASSWORD, "next": "/cycles"}
        answer = browser.post("/sign-in", data=form)
        assert answer.headers["Location"] == "/sign-in/second"
        return browser

    return password_given


def give(browser: FlaskClient, code: str) -> TestResponse:
    return browser.post("/sign-in/second", data={"code": code})


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html.unescape(page)))
