"""When something fails on our side people get the plain page, whatever the database says in the middle of a request."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.support.world import World
from veo_workflow.oversight.models import Theme
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.web import db

ClientFor = Callable[[Person | None], FlaskClient]


@pytest.mark.parametrize("at_once", [True, False], ids=["in the view", "at the commit"])
def test_what_the_database_refuses_ends_in_the_plain_page_and_nothing_is_saved(
    at_once: bool,
    world: World,
    app: Flask,
    services: Services,
    client_for: ClientFor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def twice() -> str:
        db().add_all(Theme(school_id=world.pair.school_id, name="The same") for _ in range(2))
        if at_once:
            db().flush()
        return "saved"

    monkeypatch.setitem(app.view_functions, "notices.read_all", twice)
    answer = client_for(world.lena).post("/notices/read")
    assert answer.status_code == 500
    page = answer.get_data(as_text=True)
    assert "Something went wrong on our side, and it has been noted." in page
    assert "give them the reference" in page
    assert "Lena" in page
    assert "Go home" in page
    with services.database.reading() as session:
        assert not session.scalar(select(func.count()).where(Theme.name == "The same"))
