"""A half-term in which the world's pair works, and a log about it as its form sends it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Select, select

from tests.support.world import World
from tests.support.year import make_today_mid_half_term
from veo_workflow.oversight.models import Theme
from veo_workflow.schools.models import HalfTerm
from veo_workflow.services import Services

Rows = Callable[[Select[Any]], list[Any]]


@pytest.fixture
def rows(services: Services) -> Rows:
    """Looks at what stands in the database now, and holds nothing."""

    def found(query: Select[Any]) -> list[Any]:
        with services.database.reading() as session:
            return list(session.scalars(query))

    return found


@pytest.fixture
def half(services: Services, world: World) -> HalfTerm:
    """The first half of the present term, as if today were its middle; the second has not begun."""
    with services.database.transaction() as session:
        return make_today_mid_half_term(session, world.pair.school_id)


@pytest.fixture
def address(world: World, half: HalfTerm) -> str:
    return f"/logs/{world.pair.id}/{half.id}"


@pytest.fixture
def form(rows: Rows, world: World, half: HalfTerm) -> Callable[..., dict[str, Any]]:
    """What the form of a log sends, with anything said otherwise."""
    [theme] = rows(select(Theme).where(Theme.school_id == world.pair.school_id, Theme.name == "Questioning"))

    def filled(**other: Any) -> dict[str, Any]:
        day = (half.starts_on + timedelta(days=2)).isoformat()
        return {
            "after": "0.0",
            "held_on": [day, ""],
            "minutes": ["25", ""],
            "stage": ["identify", ""],
            "reached": "learn",
            "themes": [str(theme.id)],
            "needs": "An hour to plan together.",
            "note": "You were brave on Tuesday.",
            "hand_in": "1",
            **other,
        }

    return filled
