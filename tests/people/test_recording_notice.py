"""What a school says about filming is written by its administrator, read by all, and confirmed with every upload."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.clips.uploads.sending import Sender, film
from tests.support.world import World
from veo_workflow.clips.models import Clip
from veo_workflow.people.models import Person
from veo_workflow.schools.models import RecordingNotice, School
from veo_workflow.schools.queries import kept_until
from veo_workflow.services import Services

pytestmark = pytest.mark.parametrize("database", ["sqlite"])
SignedIn = Callable[[Person | None], FlaskClient]
NOTICE = {
    "basis": "public_task",
    "notice": "Short pieces of lessons are filmed so that teachers learn from each other.",
    "opting_out": "Tell the office; the list hangs in the staff room.",
    "keep_days": "10",
    "after": "0",
}


def write(browser: FlaskClient, **other: str) -> Any:
    return browser.post("/recording-notice/write", data={**NOTICE, **other})


def test_the_administrator_writes_it_everybody_reads_it_and_clips_are_kept_as_it_says(
    client_for: SignedIn, services: Services, world: World
) -> None:
    ada, asha = client_for(world.ada), client_for(world.asha)
    assert "has not written its notice" in asha.get("/recording-notice").get_data(as_text=True)
    assert write(ada).status_code == 302
    page = asha.get("/recording-notice").get_data(as_text=True)
    assert NOTICE["notice"] in page
    assert NOTICE["opting_out"] in page
    assert "public task" in page
    assert "10 days after the end of the term that follows" in page
    assert "Change it" not in page
    with services.database.reading() as session:
        school = session.get_one(School, world.asha.school_id)
        at = school.created_at
        before = kept_until(session, school.id, at)
    write(ada, keep_days="40", after="1")
    with services.database.reading() as session:
        assert (kept_until(session, world.asha.school_id, at) - before).days == 30
        kept = session.scalars(select(RecordingNotice.number).order_by(RecordingNotice.number)).all()
    assert kept == [1, 2]


def test_what_is_missing_is_said_beside_it_and_nothing_typed_is_lost(client_for: SignedIn, world: World) -> None:
    answer = write(client_for(world.ada), basis="", keep_days="9" * 5000, opting_out=" ")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Choose one" in page
    assert "A whole number of days" in page
    assert NOTICE["notice"] in page


def test_of_two_administrators_the_second_sees_both_texts(client_for: SignedIn, world: World) -> None:
    ada = client_for(world.ada)
    write(ada, notice="What stands now.")
    answer = write(ada, notice="What I meant.")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "What stands now." in page
    assert "What I meant." in page
    assert write(ada, notice="What I meant.", after="1").status_code == 302


def test_an_upload_confirms_the_words_that_hold_and_keeps_which_they_were(
    client_for: SignedIn, services: Services, world: World
) -> None:
    ada, asha = client_for(world.ada), Sender(client_for(world.asha), world.cycle.id)
    write(ada)
    page = asha.client.get(f"/cycles/{world.cycle.id}/upload").get_data(as_text=True)
    assert NOTICE["notice"] in page
    with services.database.reading() as session:
        first = session.scalars(select(RecordingNotice.id)).one()
    assert f'data-notice="{first}"' in page
    assert asha.ask(film()).json["error"] == "notice_changed"
    upload = asha.begin(film(), notice=str(first))
    write(ada, notice="Another wording.", after="1")
    refused = asha.ask(film(seed=2), notice=str(first))
    assert (refused.status_code, refused.json["error"]) == (409, "notice_changed")
    with services.database.reading() as session:
        assert session.get_one(Clip, uuid.UUID(upload)).notice_id == first
