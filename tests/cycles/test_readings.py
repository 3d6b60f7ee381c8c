"""What was measured can be corrected and removed, and says by whom."""

import re
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.confirming import confirmed
from tests.support.statements import counted
from tests.support.world import World
from tests.support.year import today
from veo_workflow.audit.models import AuditEntry
from veo_workflow.cycles.models import MeasureReading
from veo_workflow.cycles.queries import latest_reading
from veo_workflow.people.models import Person
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


def measured(client: FlaskClient, world: World, services: Services, value: str = "6:40") -> str:
    """Written down; the address of the newest figure."""
    where = f"/cycles/{world.cycle.id}/readings"
    assert client.post(where, data={"value": value, "from": "readings"}).status_code == 303
    with services.database.reading() as session:
        newest = session.scalars(select(MeasureReading.id).order_by(MeasureReading.recorded_at.desc())).first()
    return f"{where}/{newest}"


def test_a_slip_is_corrected_and_it_says_who_did_it_and_when(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha, priya = client_for(world.asha), client_for(world.priya)
    where = measured(asha, world, services)
    assert 'value="6:40"' in priya.get(where).text
    yesterday = today() - timedelta(days=1)
    sent = {"value": "5:30", "taken_on": yesterday.isoformat(), "version": "0"}
    assert priya.post(where, data=sent).status_code == 303
    page = asha.get(f"/cycles/{world.cycle.id}/readings").text
    assert "5:30" in page
    assert "Corrected by Priya" in page
    with services.database.reading() as session:
        reading = latest_reading(session, world.cycle.id)
        assert reading is not None
        assert (reading.value, reading.taken_on, reading.taken_by_id) == (5.5, yesterday, world.asha.id)
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "measure_corrected")).one()
        assert (entry.person_id, entry.subject_id) == (world.priya.id, reading.id)


def test_a_removed_figure_counts_no_longer_and_stays_visible_as_removed(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha = confirmed(client_for(world.asha))
    measured(asha, world, services, "6:40")
    where = measured(asha, world, services, "1:11")
    assert asha.post(f"{where}/remove").status_code == 303
    page = asha.get(f"/cycles/{world.cycle.id}/readings").text
    assert "Removed by Asha" in page
    assert "1:11" not in page
    for screen in ("", "/review", "/takeout.json"):
        shown = asha.get(f"/cycles/{world.cycle.id}{screen}")
        assert (shown.status_code, "1:11" in shown.text) == (200, False), screen
    with services.database.reading() as session:
        reading = latest_reading(session, world.cycle.id)
        assert reading is not None
        assert round(reading.value, 2) == 6.67
    assert asha.post(f"{where}/remove").status_code == 422
    answer = asha.post(where, data={"value": "2", "version": "1"})
    assert answer.status_code == 422
    assert "This figure was removed." in answer.text


def test_of_two_who_correct_the_same_figure_the_second_sees_both(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha, priya = client_for(world.asha), client_for(world.priya)
    where = measured(asha, world, services)
    asha.post(where, data={"value": "5:00", "taken_on": today().isoformat(), "version": "0"})
    answer = priya.post(where, data={"value": "4:00", "taken_on": today().isoformat(), "version": "0"})
    assert answer.status_code == 409
    assert "As it stands now: 5:00" in answer.text
    assert 'value="4:00"' in answer.text
    version = re.findall(r'name="version" value="(\d+)"', answer.text)[0]
    assert priya.post(where, data={"value": "4:00", "version": version}).status_code == 303


def test_a_figure_that_cannot_be_read_is_sent_back_as_it_was_typed(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha = client_for(world.asha)
    where = measured(asha, world, services)
    tomorrow = (today() + timedelta(days=2)).isoformat()
    for address in (where, f"/cycles/{world.cycle.id}/readings"):
        answer = asha.post(address, data={"value": "about five", "taken_on": tomorrow, "version": "0"})
        assert answer.status_code == 422
        for said in ('value="about five"', f'value="{tomorrow}"', "Write a figure", "This day has not come yet"):
            assert said in answer.text


def test_the_page_asks_as_much_for_many_figures_as_for_one(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha, page = client_for(world.asha), f"/cycles/{world.cycle.id}/readings"
    measured(asha, world, services)
    with counted(services.database.engine) as few:
        asha.get(page)
    for _ in range(21):
        asha.post(page, data={"value": "3"})
    with counted(services.database.engine) as many:
        assert "Page 2" in asha.get(page).text
    assert len(many) == len(few)
