"""The lead arranges who coaches whom; a coach keeps the footage exactly as long as the pair lasts."""

import html
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.statements import counted
from tests.support.world import World
from veo_workflow.cycles.models import CoachingSession, Cycle, Stage
from veo_workflow.cycles.sessions.operations import plan
from veo_workflow.cycles.sessions.rules import Plan
from veo_workflow.database import now
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


def _form(coach: Person, coachee: Person, starts_on: str = "2026-09-01") -> dict[str, str]:
    return {"coach": str(coach.id), "coachee": str(coachee.id), "starts_on": starts_on}


def _active(services: Services, coachee: Person) -> set[str]:
    with services.database.reading() as session:
        pairs = session.scalars(select(Pair).where(Pair.coachee_id == coachee.id, Pair.ended_at.is_(None)))
        return {pair.coach.given_name for pair in pairs}


def test_a_lead_makes_a_pair(client_for: SignedIn, services: Services, world: World) -> None:
    assert client_for(world.lena).post("/pairs", data=_form(world.theo, world.tess)).status_code == 302
    assert _active(services, world.tess) == {"Theo"}


def test_what_cannot_be_a_pair_is_said_and_nothing_typed_is_lost(
    client_for: SignedIn, services: Services, world: World
) -> None:
    lena = client_for(world.lena)
    for form, status, words in (
        (_form(world.priya, world.asha), 409, "Priya already coaches Asha"),
        (_form(world.tess, world.tess), 422, "A pair is two people"),
        (_form(world.theo, world.tess, "soon"), 422, "Write the day from which"),
        (_form(world.olu, world.tess), 422, "has no account here"),
    ):
        answer = lena.post("/pairs", data=form)
        assert answer.status_code == status
        assert words in html.unescape(answer.text)
        assert f'value="{world.tess.id}" selected' in answer.text or form["coachee"] == str(world.asha.id)
    assert _active(services, world.tess) == set()
    assert _active(services, world.asha) == {"Priya"}


def test_a_coach_loses_the_cycle_with_the_end_of_the_pair(client_for: SignedIn, world: World) -> None:
    lena, priya = client_for(world.lena), client_for(world.priya)
    cycle = f"/cycles/{world.cycle.id}"
    assert priya.get(cycle).status_code == 200
    assert "at once" in lena.get(f"/pairs/{world.pair.id}/end").text
    assert priya.get(cycle).status_code == 200  # asking ends nothing
    assert lena.post(f"/pairs/{world.pair.id}/end").status_code == 302
    assert priya.get(cycle).status_code == 404
    assert client_for(world.asha).get(cycle).status_code == 200


@pytest.mark.parametrize("address", ["end", "coach"])
def test_what_a_pair_has_planned_is_cancelled_when_a_lead_ends_it(
    client_for: SignedIn, services: Services, world: World, address: str
) -> None:
    with services.database.transaction() as session:
        cycle, asha = session.get_one(Cycle, world.cycle.id), session.get_one(Person, world.asha.id)
        coming, other = (
            plan(session, cycle, Plan(now() + timedelta(days=days), 30, "", Stage.LEARN, is_review=False), by=asha).id
            for days in (3, 5)
        )
        session.get_one(CoachingSession, other).starts_at = now() - timedelta(days=5)
    client_for(world.lena).post(f"/pairs/{world.pair.id}/{address}", data={"coach": str(world.tess.id)})
    with services.database.reading() as session:
        assert session.get_one(CoachingSession, coming).cancelled_at is not None
        assert session.get_one(CoachingSession, other).cancelled_at is None
    asha, priya = client_for(world.asha), client_for(world.priya)
    assert "cancelled a session with you" in html.unescape(asha.get("/notices").text)
    assert "what it had planned is cancelled" in priya.get("/notices").text
    assert "cancelled a session" not in priya.get("/notices").text  # it would lead nowhere


def test_another_coach_takes_over_in_one_step(client_for: SignedIn, services: Services, world: World) -> None:
    answer = client_for(world.lena).post(f"/pairs/{world.pair.id}/coach", data={"coach": str(world.tess.id)})
    assert answer.status_code == 302
    assert _active(services, world.asha) == {"Tess"}


def test_a_change_that_cannot_be_made_leaves_the_pair_as_it_was(
    client_for: SignedIn, services: Services, world: World
) -> None:
    lena = client_for(world.lena)
    for coach in (world.asha, world.priya, world.olu):
        assert lena.post(f"/pairs/{world.pair.id}/coach", data={"coach": str(coach.id)}).status_code in {409, 422}
        assert _active(services, world.asha) == {"Priya"}


def test_a_pair_that_has_ended_is_not_changed_again(client_for: SignedIn, services: Services, world: World) -> None:
    lena = client_for(world.lena)
    again = lena.post(f"/pairs/{world.former_pair.id}/coach", data={"coach": str(world.tess.id)})
    assert again.status_code == 409
    assert _active(services, world.asha) == {"Priya"}


def test_pairs_are_found_by_either_name(client_for: SignedIn, world: World) -> None:
    lena = client_for(world.lena)
    ends = f"/pairs/{world.pair.id}/end"
    assert ends in lena.get("/pairs?name=pRIYA").text
    assert ends in lena.get("/pairs?name=asha").text
    assert ends not in lena.get("/pairs?name=%25").text
    assert "Theo Brand</td>" in lena.get("/pairs").text  # an ended pair stays as history


def test_the_page_asks_as_much_for_many_pairs_as_for_one(
    client_for: SignedIn, services: Services, world: World
) -> None:
    lena = client_for(world.lena)
    with counted(services.database.engine) as few:
        lena.get("/pairs")
    with services.database.transaction() as session:
        for number in range(25):
            coachee = people.add_person(
                session,
                school=world.lena.school_id,
                email=f"n{number}@example.org",
                name=f"New {number}",
                roles=frozenset(),
            )
            coachee.disabled_at = now()  # not among those to choose from
            day = now().date() - timedelta(days=number)
            people.make_pair(
                session,
                coach=session.get_one(Person, world.theo.id),
                coachee=coachee,
                starts_on=day,
                ends_on=None,
                by=None,
            )
    with counted(services.database.engine) as many:
        page = lena.get("/pairs").text
    assert len(many) == len(few) <= 13
    assert "Page 2" in page
