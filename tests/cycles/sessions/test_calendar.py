"""What a calendar program reads: who with and when, and nothing of what is talked about."""

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from icalendar import Calendar, Component

from tests.cycles.sessions.conftest import Planned
from tests.support.world import World, make_clip, make_tag
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
SOON = (now() + timedelta(days=3)).replace(microsecond=0)
SAID = {"UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS"}


def _read(client: FlaskClient, address: str = "/calendar.ics") -> list[Component]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    return list(Calendar.from_ical(answer.data).walk("VEVENT"))


def test_a_session_is_read_back_as_it_was_planned(client_for: SignedIn, world: World, planned: Planned) -> None:
    meeting = planned(SOON, minutes=45, place="Room 4", is_review=True)
    (event,) = _read(client_for(world.asha), f"/sessions/{meeting}.ics")
    assert str(event["SUMMARY"]) == "Coaching session with Priya"
    assert event.decoded("DTSTART") == SOON
    assert event.decoded("DTEND") == SOON + timedelta(minutes=45)
    assert (str(event["UID"]), int(event["SEQUENCE"]), str(event["STATUS"])) == (meeting, 0, "CONFIRMED")
    assert set(event) == SAID, "neither place nor focus nor what it is for"


def test_each_of_the_pair_reads_the_others_name(client_for: SignedIn, world: World, planned: Planned) -> None:
    planned(SOON)
    said = [str(_read(client_for(person))[0]["SUMMARY"]) for person in (world.asha, world.priya)]
    assert said == ["Coaching session with Priya", "Coaching session with Asha"]


def test_a_moved_session_is_the_same_one_and_newer(client_for: SignedIn, world: World, planned: Planned) -> None:
    meeting = planned(SOON)
    priya = client_for(world.priya)
    (before,) = _read(priya)
    day = (SOON + timedelta(days=1)).date().isoformat()
    sent = {"day": day, "time": "08:00", "minutes": "30", "stage": "learn", "version": "0"}
    priya.post(f"/sessions/{meeting}", data=sent)
    (after,) = _read(priya)
    assert after["UID"] == before["UID"]
    assert (int(before["SEQUENCE"]), int(after["SEQUENCE"])) == (0, 1)
    assert after.decoded("DTSTAMP") >= before.decoded("DTSTAMP")
    assert after.decoded("DTSTART").date() == SOON.date() + timedelta(days=1)


def test_a_cancelled_session_is_told_as_cancelled(client_for: SignedIn, world: World, planned: Planned) -> None:
    meeting = planned(SOON)
    asha = client_for(world.asha)
    asha.post(f"/sessions/{meeting}/cancel")
    for address in ("/calendar.ics", f"/sessions/{meeting}.ics"):
        (event,) = _read(asha, address)
        assert (str(event["STATUS"]), int(event["SEQUENCE"])) == ("CANCELLED", 1)


def test_the_calendar_holds_what_is_coming_in_present_pairs(
    client_for: SignedIn, services: Services, world: World, planned: Planned
) -> None:
    planned(now() - timedelta(days=9))
    meeting = planned(SOON)
    assert [str(event["UID"]) for event in _read(client_for(world.priya))] == [meeting]
    assert _read(client_for(world.theo)) == []
    with services.database.transaction() as session:
        people.end_pair(session, session.get_one(Pair, world.pair.id), by=None)
    assert _read(client_for(world.priya)) == []
    assert client_for(world.priya).get(f"/sessions/{meeting}.ics").status_code == 404


def test_it_is_read_by_who_is_signed_in_alone_and_says_nothing_of_a_lesson(
    client_for: SignedIn, services: Services, world: World, planned: Planned
) -> None:
    """There is no address that reads it by itself: nothing to pass on, and nothing to take back."""
    meeting = planned(SOON, place="canary-place")
    with services.database.transaction() as session:
        cycle, priya = session.get_one(Cycle, world.cycle.id), session.get_one(Person, world.priya.id)
        cycle.focus = "canary-focus"
        clip = make_clip(session, cycle, session.get_one(Person, world.asha.id), title="canary-title")
        make_tag(session, clip, priya, world.strategy).note = "canary-note"
    browser = client_for(world.priya)
    for address in ("/calendar.ics", f"/sessions/{meeting}.ics"):
        assert "canary" not in browser.get(address).text
        assert client_for(None).get(address).status_code == 302
        assert client_for(world.tess).get(f"{address}?person={world.priya.id}").text.count("VEVENT") == 0
    with services.database.transaction() as session:
        people.close_account(session, session.get_one(Person, world.priya.id))
    assert browser.get("/calendar.ics").status_code == 302
