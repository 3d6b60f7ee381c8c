"""Moments taken along: each of the pair gets what they may see, once they have given their password, and it is written
down."""

import csv
import io
import zipfile
from collections.abc import Callable

import pytest
import webvtt
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.statements import counted
from tests.support.world import World, make_clip, make_tag
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.clips.queries import clip_for
from veo_workflow.cycles.queries import cycle_for
from veo_workflow.database import new_id
from veo_workflow.people.models import Pair, Person
from veo_workflow.services import Services
from veo_workflow.tags.models import Reply
from veo_workflow.takeout.moments import queries

pytestmark = pytest.mark.parametrize("database", ["sqlite"])
SignedIn = Callable[[Person | None], FlaskClient]
SHARED, ASHAS, PRIYAS, PRIVATE = "Four names in a row.", "Asha’s own draft", "Priya’s own draft", "On the private one"


@pytest.fixture
def clip(services: Services, told: World) -> Clip:
    """The clip on which each of the two has a draft, beside the moment that Priya shared."""
    with services.database.reading() as session:
        return session.scalars(select(Clip).where(Clip.title == "Coming in after lunch")).one()


def notes(content: bytes) -> set[str]:
    return {line["note"] for line in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))}


def test_of_a_clip_each_takes_what_was_shared_and_their_own_drafts(
    confirmed_for: SignedIn, services: Services, told: World, clip: Clip
) -> None:
    with services.database.transaction() as session:
        session.get_one(Pair, told.pair.id).self_first = True
    for person, seen in ((told.asha, {SHARED, ASHAS}), (told.priya, {SHARED, PRIYAS})):
        browser = confirmed_for(person)
        page = browser.get(f"/clips/{clip.id}/moments").get_data(as_text=True)
        assert "2 moments, of which 1 is your own draft." in page
        answers = {kind: browser.get(f"/clips/{clip.id}/moments.{kind}") for kind in ("csv", "vtt", "eaf")}
        assert notes(answers["csv"].data) == seen
        hidden = ({ASHAS, PRIYAS, PRIVATE} - seen).pop()
        for kind, answer in answers.items():
            assert answer.status_code == 200
            assert hidden not in answer.get_data(as_text=True)
            assert answer.headers["Cache-Control"] == "no-store"
            named = f"{clip.created_at:%Y-%m-%d}-coming-in-after-lunch-{clip.id.hex[-8:]}.{kind}"
            assert answer.headers["Content-Disposition"] == f"attachment; filename={named}"


def test_of_a_review_both_take_what_it_shows_and_no_draft(
    confirmed_for: SignedIn, services: Services, told: World, clip: Clip
) -> None:
    with services.database.transaction() as session:
        private = session.scalars(select(Clip).where(Clip.title == "Carpet time")).one()
        make_tag(session, private, told.asha, told.strategy).note = PRIVATE
        gone = make_clip(session, told.cycle, told.asha, title="Gone")
        make_tag(session, gone, told.priya, told.strategy).note = "On one that is gone"
        gone.state = ClipState.WITHDRAWN
    address = f"/cycles/{told.cycle.id}/review/moments"
    assert notes(confirmed_for(told.priya).get(f"{address}.csv").data) == {SHARED}
    assert notes(confirmed_for(told.asha).get(f"{address}.csv").data) == {SHARED, PRIVATE}
    packed = confirmed_for(told.asha).get(f"{address}.vtt")
    assert packed.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
        files = {name: webvtt.from_string(archive.read(name).decode()) for name in archive.namelist()}
    assert {name[11:-13] for name in files} == {"coming-in-after-lunch", "carpet-time"}
    assert {caption.text for file in files.values() for caption in file} == {
        f"1 {told.strategy.steps[0].name}: {words}" for words in (SHARED, PRIVATE)
    }


def test_it_asks_for_the_password_and_is_written_down_before_it_goes_out(
    client_for: SignedIn, confirmed_for: SignedIn, services: Services, told: World, clip: Clip
) -> None:
    addresses = (f"/clips/{clip.id}/moments.csv", f"/cycles/{told.cycle.id}/review/moments.eaf")
    for address in (*addresses, f"/clips/{clip.id}/moments"):
        asked = client_for(told.priya).get(address)
        assert asked.headers["Location"] == f"/confirm?next={address}"
        assert confirmed_for(told.lena).get(address).status_code == 404
    confirmed_for(told.priya).get(f"/clips/{clip.id}/moments")
    for address in addresses:
        assert confirmed_for(told.priya).get(address).status_code == 200
    with services.database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "moments_taken_out")).all()
    assert {(entry.person_id, entry.subject_kind, entry.subject_id) for entry in entries} == {
        (told.priya.id, "clip", clip.id),
        (told.priya.id, "cycle", told.cycle.id),
    }


def test_replies_and_the_numbers_of_steps_are_those_of_the_clips_page(
    services: Services, told: World, clip: Clip
) -> None:
    with services.database.transaction() as session:
        tag = make_tag(session, session.get_one(Clip, clip.id), told.priya, told.strategy, at_ms=40_017)
        tag.step_id = told.strategy.steps[2].id
        for text in ("Because.", "I see."):
            session.add(Reply(id=new_id(), tag_id=tag.id, author_id=told.asha.id, text=text))
    with services.database.reading() as session:
        seen = cycle_for(session, told.priya, told.cycle.id)
        (film,) = queries.of_review(session, told.priya, seen)
    last = film.moments[-1]
    assert (last.number, last.step, last.by) == (3, told.strategy.steps[2].name, "Priya Nair")
    assert [(reply.by, reply.text) for reply in last.replies] == [("Asha Khan", "Because."), ("Asha Khan", "I see.")]


def test_the_statements_stay_the_same_however_much_was_marked(services: Services, told: World, clip: Clip) -> None:
    def asked() -> int:
        with counted(services.database.engine) as statements, services.database.reading() as session:
            person = session.get_one(Person, told.asha.id)
            queries.of_clip(session, person, clip_for(session, person, clip.id))
            queries.of_review(session, person, cycle_for(session, person, told.cycle.id))
        return len(statements)

    before = asked()
    with services.database.transaction() as session:
        for n in range(40):
            make_tag(session, session.get_one(Clip, clip.id), told.asha, told.strategy, at_ms=3000 + n * 100)
    assert asked() == before
