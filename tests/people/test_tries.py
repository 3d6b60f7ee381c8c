"""A password cannot be guessed at will, and nobody is locked out by another's guesses (SAFEGUARDING D1)."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from tests.support.world import PASSWORD, World
from veo_workflow.people import operations, tries
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.throttle import Limit, Throttle

HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"


@pytest.fixture
def browser(app: Flask, services: Services, world: World) -> FlaskClient:
    with services.database.transaction() as session:
        for person in (world.asha, world.priya):
            operations.set_password(session, session.get_one(Person, person.id), PASSWORD)
    return app.test_client()


def try_it(browser: FlaskClient, password: str, *, email: str = "asha@example.org", address: str = HERE) -> int:
    answer = browser.post(
        "/sign-in", data={"email": email, "password": password}, environ_overrides={"REMOTE_ADDR": address}
    )
    return answer.status_code


def guess(browser: FlaskClient, times: int, **more: str) -> list[int]:
    return [try_it(browser, f"a wrong guess {n}", **more) for n in range(times)]


def test_after_ten_wrong_guesses_even_the_right_password_has_to_wait(browser: FlaskClient) -> None:
    assert guess(browser, 11) == [422] * 10 + [429]
    answer = browser.post("/sign-in", data={"email": "asha@example.org", "password": PASSWORD})
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.get_data(as_text=True)
    assert "asha@example.org" in answer.get_data(as_text=True)  # what was typed is still there


def test_an_address_that_nobody_has_is_answered_alike(browser: FlaskClient) -> None:
    assert guess(browser, 11, email="nobody@example.org") == [422] * 10 + [429]


def test_colleagues_behind_the_same_address_are_not_held_up(browser: FlaskClient, app: Flask) -> None:
    guess(browser, 11)
    assert try_it(app.test_client(), PASSWORD, email="priya@example.org") == 302


def test_guesses_from_elsewhere_do_not_lock_out_the_browser_she_has_used_before(
    browser: FlaskClient, app: Flask
) -> None:
    assert try_it(browser, PASSWORD) == 302
    browser.post("/sign-out")
    stranger = app.test_client()
    for n in range(6):
        guess(stranger, 10, address=f"127.0.1.{n}")
    assert try_it(stranger, "one more", address="127.0.2.1") == 429
    assert try_it(browser, PASSWORD, address="127.0.2.1") == 302


def test_a_known_browser_may_not_guess_for_ever_either(browser: FlaskClient) -> None:
    assert try_it(browser, PASSWORD) == 302
    browser.post("/sign-out")
    assert guess(browser, 11) == [422] * 10 + [429]


def test_being_known_as_one_person_helps_nobody_with_another(browser: FlaskClient, app: Flask) -> None:
    assert try_it(browser, PASSWORD, email="priya@example.org") == 302
    browser.post("/sign-out")
    guess(app.test_client(), 10)
    assert try_it(browser, PASSWORD) == 429


def test_a_name_that_a_browser_has_made_up_is_not_believed(browser: FlaskClient) -> None:
    guess(browser, 10)
    browser.set_cookie("veo-known", "WyJhIiwiYiJd.made.up")
    assert try_it(browser, PASSWORD) == 429


def test_typing_errors_are_forgotten_once_it_was_right(browser: FlaskClient) -> None:
    for _ in range(3):
        assert guess(browser, 6) == [422] * 6
        assert try_it(browser, PASSWORD) == 302
        browser.post("/sign-out")


def test_one_password_is_not_tried_on_everybody(browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "ADDRESS", Limit("address", "5 per 10 minutes"))
    found = [try_it(browser, "Autumn term 2026", email=f"colleague-{n}@example.org") for n in range(7)]
    assert found == [422] * 5 + [429] * 2
    assert try_it(browser, "Autumn term 2026", email="colleague-9@example.org", address=ELSEWHERE) == 422


def test_no_address_of_a_person_stands_in_redis(browser: FlaskClient, services: Services) -> None:
    guess(browser, 2)
    keys = [key.decode() for key in services.redis.keys("*tries*")]
    assert keys
    assert not any("asha" in key or "@" in key for key in keys)


def test_without_redis_people_still_get_in() -> None:
    throttle = Throttle(Redis(host="127.0.0.1", port=9, socket_connect_timeout=0.2))
    assert throttle.count(tries.STRANGER, "somebody") == 0
    assert throttle.wait(tries.ADDRESS, "somewhere") == 0
    throttle.forget(tries.STRANGER, "somebody")


def test_the_known_browser_cookie_is_for_the_server_alone(browser: FlaskClient) -> None:
    answer = browser.post("/sign-in", data={"email": "asha@example.org", "password": PASSWORD})
    (cookie,) = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith("veo-known=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "asha" not in cookie
