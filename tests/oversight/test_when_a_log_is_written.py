"""A log is for a half-term in which the two were a pair and that has begun, whatever address somebody types."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.oversight.conftest import Rows
from tests.pages.test_home import read
from tests.support.world import World
from veo_workflow.database import now
from veo_workflow.oversight.models import CoachingLog
from veo_workflow.people.models import Pair, Person
from veo_workflow.schools.models import HalfTerm
from veo_workflow.services import Services

ClientFor = Callable[[Person | None], FlaskClient]
Form = Callable[..., dict[str, Any]]
TOO_EARLY = "That half-term was over before the two of you became a pair"
TOO_LATE = "That half-term begins on"


def move(services: Services, half: HalfTerm, days: int) -> None:
    by = timedelta(days=days)
    with services.database.transaction() as session:
        found = session.get_one(HalfTerm, half.id)
        found.starts_on, found.ends_on = found.starts_on + by, found.ends_on + by


@pytest.mark.parametrize(("days", "said"), [(-100, TOO_EARLY), (21, TOO_LATE)])
def test_no_log_is_begun_for_a_half_term_before_the_pair_or_ahead(
    days: int,
    said: str,
    services: Services,
    world: World,
    half: HalfTerm,
    client_for: ClientFor,
    address: str,
    form: Form,
    rows: Rows,
) -> None:
    move(services, half, days)
    priya = client_for(world.priya)
    for answer in (priya.get(address), priya.post(address, data=form())):
        assert answer.status_code == 404
        assert said in answer.get_data(as_text=True)
    assert client_for(world.asha).get(address).status_code == 404
    assert rows(select(CoachingLog)) == []


@pytest.mark.parametrize("days", [-95, 20])
def test_on_the_first_and_the_last_day_that_count_one_is(
    days: int, services: Services, world: World, half: HalfTerm, client_for: ClientFor, address: str
) -> None:
    with services.database.transaction() as session:
        session.execute(update(Pair).where(Pair.id == world.pair.id).values(starts_on=now().date() - timedelta(90)))
    move(services, half, days)
    assert client_for(world.priya).get(address).status_code == 200


def test_one_that_is_there_is_read_and_changed_whatever_becomes_of_the_dates(
    services: Services, world: World, half: HalfTerm, client_for: ClientFor, address: str, form: Form
) -> None:
    priya = client_for(world.priya)
    priya.post(address, data=form())
    move(services, half, 30)
    assert "An hour to plan together." in read(priya, address)
    assert "An hour to plan together." in read(client_for(world.asha), address)
