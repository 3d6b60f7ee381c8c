"""The lead keeps the roster: who coaches, since when, trained on which date, and how many pairs they can take."""

import html
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from tests.support.statements import counted
from tests.support.world import World
from veo_workflow.errors import InvalidInput
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people import operations as people
from veo_workflow.people.models import Coach, Person
from veo_workflow.people.roster import rules
from veo_workflow.people.roster.rules import CoachFacts
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
TODAY = date(2026, 11, 30)


def _facts(version: int = 0, **changed: str) -> dict[str, str]:
    return {"since": "2024-09-01", "trained_on": "2024-10-04", "capacity": "1", "version": str(version), **changed}


def _coach(services: Services, person: Person) -> Coach:
    with services.database.reading() as session:
        return session.get_one(Coach, person.id)


def _pair(coach: Person, coachee: Person) -> dict[str, str]:
    return {"coach": str(coach.id), "coachee": str(coachee.id), "starts_on": "2026-09-01"}


def test_whoever_is_given_a_pair_is_on_the_roster(client_for: SignedIn, services: Services, world: World) -> None:
    lena = client_for(world.lena)
    assert f"/coaches/{world.sam.id}" not in lena.get("/coaches").text
    assert lena.post("/pairs", data=_pair(world.sam, world.tess)).status_code == 302
    page = lena.get("/coaches").text
    assert f"/coaches/{world.sam.id}" in page
    assert "1 of 3" in page
    assert _coach(services, world.sam).since == date(2026, 9, 1)


def test_a_lead_writes_when_somebody_was_trained_and_what_they_can_take(
    client_for: SignedIn, services: Services, world: World
) -> None:
    lena = client_for(world.lena)
    assert lena.post(f"/coaches/{world.priya.id}", data=_facts()).status_code == 302
    priya = _coach(services, world.priya)
    assert (priya.trained_on, priya.capacity, priya.version) == (date(2024, 10, 4), 1, 1)


@pytest.mark.parametrize(
    ("field", "typed"),
    [("capacity", "13"), ("capacity", "two"), ("capacity", "-1"), ("since", ""), ("trained_on", "soon")],
)
def test_what_the_roster_cannot_keep_changes_nothing_and_stays_typed(
    client_for: SignedIn, services: Services, world: World, field: str, typed: str
) -> None:
    answer = client_for(world.lena).post(f"/coaches/{world.priya.id}", data=_facts(**{field: typed}))
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert _coach(services, world.priya).version == 0


def test_of_two_who_change_an_entry_the_second_sees_both(
    client_for: SignedIn, services: Services, world: World
) -> None:
    lena = client_for(world.lena)
    lena.post(f"/coaches/{world.priya.id}", data=_facts(capacity="7"))
    answer = lena.post(f"/coaches/{world.priya.id}", data=_facts(capacity="2"))
    assert answer.status_code == 409
    assert "Pairs at once: 7" in answer.text
    assert 'value="2"' in answer.text
    assert _coach(services, world.priya).capacity == 7
    assert lena.post(f"/coaches/{world.priya.id}", data=_facts(version=1, capacity="2")).status_code == 302
    assert _coach(services, world.priya).capacity == 2


def test_a_pair_too_many_is_made_and_said(client_for: SignedIn, services: Services, world: World) -> None:
    lena = client_for(world.lena)
    lena.post(f"/coaches/{world.priya.id}", data=_facts(capacity="1"))
    page = lena.post("/pairs", data=_pair(world.priya, world.tess), follow_redirects=True).text
    assert "Priya Nair now has 2 pairs, and the roster says 1" in html.unescape(page)
    assert "1 over capacity" in lena.get("/coaches").text
    assert "now has" not in lena.post("/pairs", data=_pair(world.sam, world.tess), follow_redirects=True).text


def test_coaches_with_room_are_offered_first_and_told_apart(
    client_for: SignedIn, services: Services, world: World
) -> None:
    lena = client_for(world.lena)
    lena.post("/coaches", data={"person": str(world.sam.id), **_facts(capacity="2")})
    lena.post(f"/coaches/{world.priya.id}", data=_facts(capacity="1", trained_on=""))
    page = lena.get("/pairs").text
    chooser = page[page.index('<select id="coach"') : page.index('<select id="coachee"')]
    sam, priya, tess = (chooser.index(name) for name in ("Sam Hill: coaching for", "Priya Nair: coaching", "Tess Moor"))
    assert sam < chooser.index("Coaches who have enough") < priya < chooser.index("Not on the roster yet") < tess
    assert "not trained yet, full" in chooser
    assert "Sam Hill: coaches too" in page[page.index('<select id="coachee"') :]


def test_who_coaches_nobody_may_leave_the_roster_and_come_back(
    client_for: SignedIn, services: Services, world: World
) -> None:
    lena = client_for(world.lena)
    refused = lena.post(f"/coaches/{world.priya.id}/stop")
    assert refused.status_code == 422
    assert "Priya coaches a pair today" in refused.text
    lena.post(f"/pairs/{world.pair.id}/end")
    assert lena.post(f"/coaches/{world.priya.id}/stop").status_code == 302
    assert lena.get(f"/coaches/{world.priya.id}").status_code == 404
    again = {"person": str(world.priya.id), **_facts(capacity="4")}
    assert lena.post("/coaches", data=again).status_code == 302
    assert lena.post("/coaches", data=again).status_code == 409
    assert _coach(services, world.priya).capacity == 4
    with services.database.reading() as session:
        told = session.query(Notice.kind).where(Notice.person_id == world.priya.id).all()
    assert {NoticeKind.ROSTER_LEFT, NoticeKind.ROSTER_JOINED} <= {row[0] for row in told}


def test_the_roster_asks_as_much_for_many_coaches_as_for_one(
    client_for: SignedIn, services: Services, world: World
) -> None:
    lena = client_for(world.lena)
    with counted(services.database.engine) as few:
        lena.get("/coaches")
    with services.database.transaction() as session:
        for number in range(25):
            coach = people.add_person(
                session,
                school=world.lena.school_id,
                email=f"n{number}@example.org",
                name=f"New {number}",
                roles=frozenset(),
            )
            asha = session.get_one(Person, world.asha.id)
            people.make_pair(session, coach=coach, coachee=asha, starts_on=TODAY, ends_on=None, by=None)
    with counted(services.database.engine) as many:
        page = lena.get("/coaches").text
    assert len(many) == len(few) <= 10
    assert "Page 2" in page
    assert "New 3" in lena.get("/coaches?name=nEW 3").text
    assert "New 4" not in lena.get("/coaches?name=nEW 3").text.partition("Somebody begins")[0]


def test_experience_and_room_are_said_in_words() -> None:
    trained = CoachFacts(date(2024, 11, 30), date(2024, 12, 1), 2)
    assert rules.experience(trained, TODAY) == "coaching for 2 years"
    assert rules.experience(CoachFacts(date(2025, 12, 1), None, 2), TODAY) == "new to coaching, not trained yet"
    assert rules.experience(CoachFacts(date(2025, 11, 30), date(2027, 1, 1), 2), TODAY).endswith("not trained yet")
    assert [rules.room(pairs, 2) for pairs in (0, 2, 3)] == ["room for 2", "full", "1 over capacity"]
    with pytest.raises(InvalidInput):
        rules.check_may_stop("Priya", 1)
