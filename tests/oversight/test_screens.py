"""The lead's and the coach's pages of this room in a real browser."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page

from tests.oversight.test_overview import coached, term
from tests.pages.test_screens import SCREENS, TOO_WIDE, VIOLATIONS, chromium, origin, sign_in
from tests.support.world import World
from veo_workflow.people.models import Person
from veo_workflow.services import Services

__all__ = ["chromium", "origin", "sign_in", "term"]


@pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS)
def test_the_pages_of_logs_and_overview_have_no_violation(
    services: Services,
    world: World,
    origin: str,
    sign_in: Callable[..., Page],
    client_for: Callable[[Person | None], FlaskClient],
    address: str,
    form: Callable[..., dict[str, Any]],
    term: uuid.UUID,
    screen: dict[str, Any],
) -> None:
    with services.database.transaction() as session:
        coached(session, world, 6)
    for person, addresses in (
        (world.priya, ("/logs", address)),
        (world.lena, ("/overview", "/overview/logs", "/logs/themes")),
    ):
        page = sign_in(person, **screen)
        for shown in addresses:
            page.goto(f"{origin}{shown}")
            assert page.evaluate(VIOLATIONS) == [], shown
            assert page.evaluate(TOO_WIDE) <= 0, shown
