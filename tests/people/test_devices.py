"""Where somebody is signed in, and signing out from afar (SAFEGUARDING D3)."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.support.statements import counted
from tests.support.world import PASSWORD, World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.database import now
from veo_workflow.people import operations
from veo_workflow.people.devices.rules import device_of
from veo_workflow.people.models import Person, SignIn
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
IPAD = (
    "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/604.1"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15"


@pytest.fixture
def browser_of(app: Flask, services: Services, world: World) -> Callable[[Person, str], FlaskClient]:
    """A browser that calls itself something, in which the person has signed in by hand."""
    with services.database.transaction() as session:
        for person in (world.asha, world.priya):
            operations.set_password(session, session.get_one(Person, person.id), PASSWORD)

    def signed_in(person: Person, user_agent: str) -> FlaskClient:
        browser = app.test_client()
        browser.environ_base["HTTP_USER_AGENT"] = user_agent
        assert browser.post("/sign-in", data={"email": person.email, "password": PASSWORD}).status_code == 302
        return browser

    return signed_in


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        (IPAD, "iPad, Safari"),
        (EDGE, "Windows, Edge"),
        (MAC, "iPad or Mac, Safari"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Linux, Firefox"),
        ("Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) CriOS/131.0 Mobile/15E148 Safari/604.1", "iPad, Chrome"),
        ("<script>", ""),
    ],
)
def test_a_device_is_called_what_its_owner_knows_it_by(user_agent: str, said: str) -> None:
    assert device_of(user_agent) == said


@pytest.mark.parametrize("database", ["sqlite"])
def test_one_device_is_signed_out_from_another_and_a_copy_of_its_cookie_with_it(
    world: World, services: Services, browser_of: Callable[[Person, str], FlaskClient]
) -> None:
    ipad, laptop = browser_of(world.asha, IPAD), browser_of(world.asha, EDGE)
    page = laptop.get("/me/devices").text
    assert page.index("Windows, Edge") < page.index("This one") < page.index("iPad, Safari")
    links = re.findall(r"/me/devices/[0-9a-f-]{36}/sign-out", page)
    assert len(links) == 1  # the present one goes by the menu
    assert laptop.post(links[0]).status_code == 303
    assert ipad.get("/").headers["Location"] == "/sign-in?next=/"
    assert laptop.get("/").status_code == 200
    with services.database.reading() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "signed_out")).one()
    assert (noted.person_id, noted.subject_kind) == (world.asha.id, "sign_in")


def test_all_others_are_signed_out_and_nobody_elses(
    world: World, browser_of: Callable[[Person, str], FlaskClient]
) -> None:
    others = [browser_of(world.asha, IPAD) for _ in range(3)]
    laptop, priya = browser_of(world.asha, EDGE), browser_of(world.priya, EDGE)
    laptop.post("/me/devices/others/sign-out")
    assert [browser.get("/").status_code for browser in others] == [302] * 3
    assert "Only this device is signed in now." in laptop.get("/me/devices").text
    assert priya.get("/").status_code == 200


@pytest.mark.parametrize("database", ["sqlite"])
def test_nobody_signs_out_a_colleague(world: World, client_for: SignedIn, services: Services) -> None:
    asha = client_for(world.asha)
    with services.database.reading() as session:
        hers = session.scalars(select(SignIn.id).where(SignIn.person_id == world.asha.id)).one()
    assert client_for(world.priya).post(f"/me/devices/{hers}/sign-out").status_code == 404
    assert asha.get("/").status_code == 200


@pytest.mark.parametrize("database", ["sqlite"])
def test_what_counts_no_longer_is_not_in_the_list(
    world: World, services: Services, browser_of: Callable[[Person, str], FlaskClient]
) -> None:
    idle, old, laptop = browser_of(world.asha, IPAD), browser_of(world.asha, MAC), browser_of(world.asha, EDGE)
    settings, tokens = services.settings, []
    for browser in (idle, old):
        with browser.session_transaction() as cookie:
            tokens.append(operations.hash_token(cookie["_user_id"]))
    long_ago = {
        "last_seen_at": now() - timedelta(seconds=settings.sign_in_idle),
        "created_at": now() - timedelta(seconds=settings.sign_in_lifetime),
    }
    with services.database.transaction() as session:
        for token, (column, at) in zip(tokens, long_ago.items(), strict=True):
            session.execute(update(SignIn).where(SignIn.token_hash == token).values({column: at}))
    page = laptop.get("/me/devices").text
    assert (page.count("Last used"), "Windows, Edge" in page) == (1, True)
    assert [browser.get("/").status_code for browser in (idle, old)] == [302, 302]


@pytest.mark.parametrize("database", ["sqlite"])
def test_each_time_somebody_signs_in_they_get_a_new_id_and_the_one_before_ends(
    world: World, app: Flask, browser_of: Callable[[Person, str], FlaskClient]
) -> None:
    """On a shared iPad Priya signs in where Asha is still signed in; what Asha's cookie carried is gone."""
    browser = browser_of(world.asha, IPAD)
    before = browser.get_cookie("veo")
    assert before is not None
    with browser.session_transaction() as cookie:
        cookie["planted"] = "by somebody who had the iPad before"
    assert browser.post("/sign-in", data={"email": world.priya.email, "password": PASSWORD}).status_code == 302
    with browser.session_transaction() as cookie:
        assert "planted" not in cookie
    thief = app.test_client()
    thief.set_cookie("veo", before.value)
    assert thief.get("/").status_code == 302
    assert "Priya Nair" in browser.get("/").text


@pytest.mark.parametrize("database", ["sqlite"])
def test_the_list_is_read_in_as_many_statements_however_long_it_is(
    world: World, services: Services, browser_of: Callable[[Person, str], FlaskClient]
) -> None:
    laptop, asked = browser_of(world.asha, EDGE), []
    for more in (0, 25):
        with services.database.transaction() as session:
            for _ in range(more):
                operations.open_sign_in(session, session.get_one(Person, world.asha.id), "iPad, Safari")
        with counted(services.database.engine) as statements:
            assert laptop.get("/me/devices").status_code == 200
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 5
    assert laptop.get("/me/devices?page=2").text.count("Last used") == 6
