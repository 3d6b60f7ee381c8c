"""The coachee says how it is today; the coach reads it; nothing written is lost."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.world import World
from veo_workflow.cycles.reality.models import RealityPicture
from veo_workflow.cycles.reality.rules import RealityWords, read_reality
from veo_workflow.errors import InvalidInput
from veo_workflow.people.models import Person
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


def address(world: World) -> str:
    return f"/cycles/{world.cycle.id}/reality"


def test_the_coachee_answers_and_the_coach_reads_it(client_for: SignedIn, world: World) -> None:
    sent = {"closeness": "6", "what_pleased": "Three tables began at once.", "after": "0"}
    asha, priya = client_for(world.asha), client_for(world.priya)
    assert "five short questions for you" in asha.get(f"/cycles/{world.cycle.id}").text
    assert asha.post(address(world), data=sent).status_code == 302
    assert "6 of 10" in priya.get(f"/cycles/{world.cycle.id}").text
    assert "Asha Khan wrote down how it is today" in priya.get("/notices").text
    page = priya.get(address(world)).text
    assert "Three tables began at once." in page
    assert "<textarea" not in page
    assert priya.post(address(world), data=sent).status_code == 403


def test_answering_again_keeps_what_stood_before(client_for: SignedIn, services: Services, world: World) -> None:
    asha = client_for(world.asha)
    for after, closeness in enumerate(("3", "5")):
        asha.post(address(world), data={"closeness": closeness, "to_be_a_ten": f"{closeness} words", "after": after})
    with services.database.reading() as session:
        written = session.scalars(select(RealityPicture).order_by(RealityPicture.revision)).all()
    assert [(each.revision, each.closeness) for each in written] == [(1, 3), (2, 5)]
    page = client_for(world.priya).get(address(world)).text
    assert page.index("5 words") < page.index("3 words")


def test_answers_from_two_screens_are_both_shown(client_for: SignedIn, world: World) -> None:
    asha = client_for(world.asha)
    for words in ("On the iPad", "On the laptop"):
        answer = asha.post(address(world), data={"what_pleased": words, "closeness": "4", "after": "0"})
    assert answer.status_code == 409
    assert "On the iPad" in answer.text
    assert "On the laptop</textarea>" in answer.text
    assert 'name="after" value="1"' in answer.text


@pytest.mark.parametrize("after", ["٣", "9" * 5000, "-1", ""])
@pytest.mark.parametrize("place", ["reality", "goal"])
def test_a_version_that_cannot_be_read_overwrites_nothing(
    client_for: SignedIn, world: World, place: str, after: str
) -> None:
    asha = client_for(world.asha)
    asha.post(address(world), data={"what_pleased": "First", "after": "0"})
    sent = {"what_pleased": "Second", "statement": "Second", "after": after}
    assert asha.post(f"/cycles/{world.cycle.id}/{place}", data=sent).status_code == 409


def test_what_cannot_be_used_is_marked_and_comes_back(client_for: SignedIn, world: World) -> None:
    sent = {"closeness": "11", "what_pleased": "They were kind", "after": "0"}
    answer = client_for(world.asha).post(address(world), data=sent)
    assert answer.status_code == 422
    assert "Choose a number from 1 to 10." in answer.text
    assert "They were kind" in answer.text


@pytest.mark.parametrize("sent", [{}, {"closeness": "0"}, {"closeness": "٣"}, {"pupils_would": "x" * 4001}])
def test_no_answer_or_one_out_of_bounds_is_sent_back(sent: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        read_reality(sent)


def test_one_answer_is_enough() -> None:
    assert read_reality({"closeness": "10"}) == RealityWords(10)
    assert read_reality({"how_measured": " Count hands. "}) == RealityWords(how_measured="Count hands.")
