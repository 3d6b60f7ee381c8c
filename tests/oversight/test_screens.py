"""The lead's and the coach's pages of this room in a real browser."""

import uuid
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from playwright.sync_api import Page

from tests.oversight.test_overview import coached, term
from tests.pages.test_screens import chromium, looked_over, origin, sign_in
from tests.support.world import World
from veo_workflow.people.models import Person
from veo_workflow.services import Services

__all__ = ["chromium", "origin", "sign_in", "term"]


def test_the_pages_of_logs_and_overview_have_no_violation(
    services: Services,
    world: World,
    origin: str,
    sign_in: Callable[..., Page],
    client_for: Callable[[Person | None], FlaskClient],
    address: str,
    form: Callable[..., dict[str, Any]],
    term: uuid.UUID,
) -> None:
    with services.database.transaction() as session:
        coached(session, world, 6)
    for person, addresses in (
        (world.priya, ("/logs", address)),
        (world.lena, ("/overview", "/overview/logs", "/logs/themes")),
    ):
        assert looked_over(sign_in(person), origin, addresses) == []
