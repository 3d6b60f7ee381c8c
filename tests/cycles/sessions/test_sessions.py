"""The pair plans its meetings, moves them, cancels them, and records that they were held."""

import html
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.cycles.sessions.conftest import Planned, noon_of
from tests.support.statements import counted
from tests.support.world import ZONE, World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles.models import CoachingSession, Cycle, Outcome, Stage
from veo_workflow.cycles.sessions import operations
from veo_workflow.cycles.sessions.rules import Plan
from veo_workflow.database import now
from veo_workflow.errors import InvalidInput
from veo_workflow.people.models import Person
from veo_workflow.schools.models import School
from veo_workflow.schools.year import operations as year
from veo_workflow.schools.year.rules import ClosureDates, Span, YearDates
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
TOMORROW = (now() + timedelta(days=1)).replace(hour=15, minute=0, second=0, microsecond=0)


def _form(**changed: str) -> dict[str, str]:
    day = TOMORROW.astimezone(ZoneInfo(ZONE)).date().isoformat()
    return {"day": day, "time": "09:15", "minutes": "40", "place": "Room 4", "stage": "improve", **changed}


def _one(services: Services) -> CoachingSession:
    with services.database.reading() as session:
        return session.scalars(select(CoachingSession)).one()


@pytest.mark.parametrize("who", ["asha", "priya"])
def test_either_of_a_pair_plans_a_session(client_for: SignedIn, services: Services, world: World, who: str) -> None:
    person = world.everybody[who]
    other = world.priya if who == "asha" else world.asha
    client, address = client_for(person), f"/cycles/{world.cycle.id}/sessions"
    answer = client.post(address, data=_form(is_review="1"))
    meeting = _one(services)
    assert answer.headers["Location"] == f"/sessions/{meeting.id}"
    local = meeting.starts_at.astimezone(ZoneInfo(ZONE))
    assert (local.date().isoformat(), f"{local:%H:%M}") == (_form()["day"], "09:15")
    assert (meeting.minutes, meeting.place, meeting.stage, meeting.is_review) == (40, "Room 4", Stage.IMPROVE, True)
    assert meeting.changed_by_id == person.id
    for page in (client.get(address).text, client_for(other).get(f"/sessions/{meeting.id}").text):
        assert "9:15 am" in page
    assert "Next: " in client.get(f"/cycles/{world.cycle.id}").text


def test_a_plan_is_in_the_schools_own_time(client_for: SignedIn, services: Services, world: World) -> None:
    with services.database.transaction() as session:
        session.get_one(School, world.asha.school_id).timezone = "Pacific/Auckland"
    asha = client_for(world.asha)
    asha.post(f"/cycles/{world.cycle.id}/sessions", data=_form(day="2026-06-10"))
    meeting = _one(services)
    assert meeting.starts_at == datetime(2026, 6, 9, 21, 15, tzinfo=UTC)
    page = asha.get(f"/sessions/{meeting.id}").text
    assert "Wednesday 10 June" in page
    assert "9:15 am" in page
    assert 'value="09:15"' in page


def test_a_plan_that_cannot_be_read_is_sent_back_as_it_was_typed(
    client_for: SignedIn, services: Services, world: World, planned: Planned
) -> None:
    meeting = planned(TOMORROW)
    asha = client_for(world.asha)
    wrong = _form(minutes="ages", place="By the pond", is_review="1")
    for address in (f"/cycles/{world.cycle.id}/sessions", f"/sessions/{meeting}"):
        answer = asha.post(address, data=wrong)
        assert answer.status_code == 422
        assert "Write whole minutes" in answer.text
        for typed in ('value="ages"', 'value="By the pond"', 'value="1" checked'):
            assert typed in answer.text
    assert (_one(services).minutes, _one(services).place) == (30, "")


def test_a_pair_cannot_meet_twice_at_once(
    client_for: SignedIn, services: Services, world: World, planned: Planned
) -> None:
    first, second = planned(TOMORROW), planned(TOMORROW + timedelta(hours=1))
    local = (TOMORROW + timedelta(minutes=20)).astimezone(ZoneInfo(ZONE))
    clash = _form(day=local.date().isoformat(), time=f"{local:%H:%M}")
    priya = client_for(world.priya)
    for address in (f"/cycles/{world.cycle.id}/sessions", f"/sessions/{second}"):
        answer = priya.post(address, data={**clash, "version": "0"})
        assert answer.status_code == 422
        assert "You two already meet on" in answer.text
    assert priya.post(f"/sessions/{first}", data={**clash, "version": "0"}).status_code == 302, "not with itself"
    priya.post(f"/sessions/{first}/cancel")
    assert priya.post(f"/cycles/{world.cycle.id}/sessions", data=clash).status_code == 302, "nor with a cancelled one"


def test_two_plans_for_the_same_time_at_the_same_moment_are_one_session(services: Services, world: World) -> None:
    barrier, outcomes = threading.Barrier(2), []

    def plan(person: Person) -> None:
        barrier.wait()
        try:
            with services.database.transaction() as session:
                cycle = session.get_one(Cycle, world.cycle.id)
                operations.plan(session, cycle, Plan(TOMORROW, 30, "", Stage.LEARN, is_review=False), by=person)
            outcomes.append("planned")
        except InvalidInput:
            outcomes.append("told")

    threads = [threading.Thread(target=plan, args=(person,)) for person in (world.asha, world.priya)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["planned", "told"]


def test_a_session_on_a_closure_or_a_weekend_is_allowed_and_said(
    client_for: SignedIn, services: Services, world: World, dates: YearDates, planned: Planned
) -> None:
    inset = dates.span.starts_on + timedelta(days=14 - dates.span.starts_on.weekday())  # a Monday
    with services.database.transaction() as session:
        year.add_closure(session, world.asha.school_id, ClosureDates("INSET day", Span(inset, inset)), by=None)
    asha = client_for(world.asha)
    for day, said in ((inset, "INSET day"), (inset + timedelta(days=5), "a weekend"), (inset + timedelta(days=1), "")):
        page = asha.get(f"/sessions/{planned(noon_of(day))}").text
        assert ("School is closed that day" in page) == bool(said)
        assert said in page
    assert "School is closed: INSET day" in asha.get(f"/cycles/{world.cycle.id}/sessions").text


def test_a_session_is_moved_and_its_changes_are_counted(
    client_for: SignedIn, services: Services, world: World, planned: Planned
) -> None:
    meeting = planned(TOMORROW)
    assert client_for(world.priya).post(f"/sessions/{meeting}", data=_form(version="0")).status_code == 302
    moved = _one(services)
    assert (moved.place, moved.minutes, moved.version, moved.changed_by_id) == ("Room 4", 40, 1, world.priya.id)


def test_of_two_who_move_a_session_the_second_sees_both_plans(
    client_for: SignedIn, services: Services, world: World, planned: Planned
) -> None:
    meeting = planned(TOMORROW)
    client_for(world.asha).post(f"/sessions/{meeting}", data=_form(version="0", place="Library"))
    priya = client_for(world.priya)
    answer = priya.post(f"/sessions/{meeting}", data=_form(version="0", place="Staff room"))
    assert answer.status_code == 409
    assert "40 minutes, Library" in answer.text
    assert 'value="Staff room"' in answer.text
    assert _one(services).place == "Library"
    fields = dict(re.findall(r'<input [^>]*name="(version)"[^>]* value="([^"]*)"', answer.text))
    assert priya.post(f"/sessions/{meeting}", data=_form(**fields, place="Staff room")).status_code == 302
    assert _one(services).place == "Staff room"


def test_a_cancelled_session_stays_readable_and_is_neither_moved_nor_held(
    client_for: SignedIn, services: Services, world: World, planned: Planned
) -> None:
    meeting = planned(now() - timedelta(days=1))
    asha = client_for(world.asha)
    assert asha.post(f"/sessions/{meeting}/cancel").status_code == 302
    assert "Cancelled" in asha.get(f"/cycles/{world.cycle.id}/sessions").text
    for address, sent in (
        (f"/sessions/{meeting}", _form(version="1")),
        (f"/sessions/{meeting}/held", {"minutes": "9"}),
    ):
        answer = asha.post(address, data=sent)
        assert answer.status_code == 422
        assert "This session was cancelled" in answer.text
    assert _one(services).held_at is None


def test_a_session_is_recorded_with_its_real_minutes_and_corrected(
    client_for: SignedIn, services: Services, world: World, planned: Planned
) -> None:
    meeting = planned(now() - timedelta(days=1))
    priya = client_for(world.priya)
    assert "Did you meet on" in priya.get(f"/cycles/{world.cycle.id}").text
    assert priya.post(f"/sessions/{meeting}/held", data={"minutes": "25"}).status_code == 302
    recorded = _one(services).held_at
    assert priya.post(f"/sessions/{meeting}/held", data={"minutes": "20"}).status_code == 302
    held = _one(services)
    assert recorded is not None
    assert (held.held_at, held.minutes) == (recorded, 20)
    assert priya.post(f"/sessions/{meeting}/cancel").status_code == 422
    refused = priya.post(f"/sessions/{meeting}/held", data={"minutes": "9999"})
    assert refused.status_code == 422
    assert 'value="9999"' in refused.text


def test_a_session_whose_day_has_not_come_is_not_held(client_for: SignedIn, world: World, planned: Planned) -> None:
    answer = client_for(world.asha).post(f"/sessions/{planned(now() + timedelta(days=2))}/held", data={"minutes": "30"})
    assert answer.status_code == 422
    assert "day has not come yet" in answer.text


def test_a_closed_cycle_keeps_its_sessions_and_takes_no_more(
    client_for: SignedIn, services: Services, world: World, planned: Planned
) -> None:
    meeting = planned(TOMORROW)
    with services.database.transaction() as session:
        cycles.close(session, session.get_one(Cycle, world.cycle.id), Outcome.CONTINUE, by=world.asha)
    asha = client_for(world.asha)
    page = asha.get(f"/sessions/{meeting}").text
    assert "Not held" in page
    assert "Cancel the session" not in page
    assert asha.post(f"/sessions/{meeting}/cancel").status_code == 403
    assert "Nothing is planned" in asha.get(f"/cycles/{world.cycle.id}").text
    assert "Plan it" not in asha.get(f"/cycles/{world.cycle.id}/sessions").text
    assert asha.post(f"/cycles/{world.cycle.id}/sessions", data=_form()).status_code == 403


def test_what_is_audited_names_no_place(services: Services, world: World, planned: Planned) -> None:
    meeting = planned(TOMORROW, place="By the pond")
    with services.database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "session_planned")).one()
    assert (entry.person_id, entry.subject_kind, str(entry.subject_id)) == (
        world.asha.id,
        "coaching_session",
        meeting,
    )


@pytest.mark.parametrize("address", ["/cycles/{}/sessions", "/cycles/{}"])
def test_a_page_asks_as_much_for_many_sessions_as_for_one(
    client_for: SignedIn, services: Services, world: World, planned: Planned, address: str
) -> None:
    planned(TOMORROW)
    asha = client_for(world.asha)
    with counted(services.database.engine) as few:
        asha.get(address.format(world.cycle.id))
    for days in range(1, 24):
        planned(TOMORROW + timedelta(days=days))
    with counted(services.database.engine) as many:
        page = html.unescape(asha.get(address.format(world.cycle.id)).text)
    assert len(many) == len(few)
    assert ("Page 2" in page) == address.endswith("sessions")
