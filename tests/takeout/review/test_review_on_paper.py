"""The Improve review on paper: what the pair has seen and agreed, and stills for the coachee alone who asks."""

import io
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pikepdf
import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from tests.support.counter import counters
from tests.support.paper import Paper, read
from tests.support.statements import counted
from tests.support.world import World, make_tag
from veo_workflow.access.policy import State, Thing, Verb, allows
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.cycles.queries import cycle_for
from veo_workflow.database import new_id
from veo_workflow.people.models import Person
from veo_workflow.reviews.models import NextAction, Review, ReviewMoment
from veo_workflow.services import Services
from veo_workflow.tags.models import Reply, Tag
from veo_workflow.takeout.review import stills
from veo_workflow.takeout.review.queries import sheet_for

pytestmark = pytest.mark.parametrize("database", ["sqlite"])
SignedIn = Callable[[Person | None], FlaskClient]


def on_paper(client: FlaskClient, world: World, query: str = "") -> Paper:
    answer = client.get(f"/cycles/{world.cycle.id}/review/paper.pdf{query}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "review-entry-routines" in answer.headers["Content-Disposition"]
    return read(answer.data)


def pictures(content: bytes) -> list[Image.Image]:
    """Every picture on the pages, once."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        found = {image.objgen: image for page in pdf.pages for image in page.get_images().values()}
        return [pikepdf.PdfImage(image).as_pil_image() for image in found.values()]


@pytest.fixture
def agreed(services: Services, filmed: Clip, told: World) -> World:
    """Something in each part of the review, and words that a page has to stand."""
    with services.database.transaction() as session:
        review = session.get_one(Review, told.cycle.id)
        review.improve = "More wait time -->\n\n<script>alert(1)</script>"
        session.add(
            NextAction(
                cycle_id=told.cycle.id, position=1, what="Plan it", owner_id=told.priya.id, due_on=date(2026, 12, 9)
            )
        )
        tag = session.scalars(select(Tag).where(Tag.clip_id == filmed.id).order_by(Tag.start_ms)).first()
        assert tag
        session.add(
            ReviewMoment(
                cycle_id=told.cycle.id, tag_id=tag.id, starred_by_id=told.asha.id, taken="Say the name, then ask."
            )
        )
        dropped = make_tag(session, session.get_one(Clip, filmed.id), told.priya, told.strategy)
        dropped.note = "Left out of the review"
        session.add(ReviewMoment(cycle_id=told.cycle.id, tag_id=dropped.id, left_out_by_id=told.priya.id))
        tag.note = "Grüße “quoted” --> <b>&amp;</b>"
        session.add(Reply(id=new_id(), tag_id=tag.id, author_id=told.asha.id, text="I had not seen it."))
    return told


def test_everything_the_pair_has_seen_and_agreed_is_on_it(confirmed_for: SignedIn, agreed: World) -> None:
    page = on_paper(confirmed_for(agreed.priya), agreed)
    assert page.title == "Improve review: Entry routines, Asha Khan with Priya Nair"
    step = agreed.strategy.steps[0]
    sheet = confirmed_for(agreed.priya).get(f"/cycles/{agreed.cycle.id}/review/paper").get_data(as_text=True)
    for words in (
        "Everybody writes within ninety seconds.",
        "6:30",
        "2:15",
        "1:30",
        f"1 {step.name}",
        "0:00",
        "Grüße “quoted” --> <b>&amp;</b>",
        "I had not seen it.",
        "Priya, starred",
        "What we took from it: Say the name, then ask.",
        "Calm, <b>every</b> day.",
        "<script>alert(1)</script>",
        "Film again",
        "Plan it",
        "9 December",
        "Continue with the same goal.",
    ):
        assert words in page.text, (words, page.text)
    for words in (
        "&lt;b&gt;&amp;amp;&lt;/b&gt;",
        "I had not seen it.",
        "&lt;script&gt;",
        "9 December",
        'data-step="1"',
    ):
        assert words in sheet, words
    for hidden in ("Asha’s own draft", "Priya’s own draft", "Carpet time", "Left out of the review"):
        assert hidden not in page.text + sheet
    assert page.claims_ua
    assert {"H1", "H2", "H3", "L", "LI", "Table", "TH", "TD"} <= set(page.tags)
    assert "No picture" not in page.text


def test_stills_are_there_only_when_the_coachee_asks_and_show_the_moment(
    confirmed_for: SignedIn, services: Services, agreed: World, filmed: Clip, tmp_path: Any
) -> None:
    asha, address = confirmed_for(agreed.asha), f"/cycles/{agreed.cycle.id}/review/paper"
    assert not pictures(asha.get(f"{address}.pdf").data)
    assert "/still/" not in asha.get(address).get_data(as_text=True)
    made = asha.get(f"{address}.pdf?stills=on").data
    seen = []
    for still in pictures(made):
        assert max(still.size) <= stills.LONGER_SIDE
        assert not still.getexif()
        still.save(tmp_path / "still.png")
        seen += counters(tmp_path / "still.png")
    assert sorted(seen) == [10, 30]
    assert "No picture" in read(made).text  # of the clip whose film is not in storage
    assert "Figure" in read(made).tags
    assert asha.get(f"{address}?stills=on").get_data(as_text=True).count("/still/") == 4
    assert entries(services, "stills_taken_out") == clips_marked(services)


def clips_marked(services: Services) -> set[Any]:
    with services.database.reading() as session:
        return set(session.scalars(select(Tag.clip_id).where(Tag.shared_at.is_not(None))))


def entries(services: Services, action: str) -> set[Any]:
    with services.database.reading() as session:
        return set(session.scalars(select(AuditEntry.subject_id).where(AuditEntry.action == action)))


def test_footage_goes_onto_paper_by_nobody_but_the_coachee(
    client_for: SignedIn, confirmed_for: SignedIn, services: Services, agreed: World
) -> None:
    address = f"/cycles/{agreed.cycle.id}/review/paper"
    for page in (address, f"{address}.pdf"):
        refused = confirmed_for(agreed.priya).get(f"{page}?stills=on")
        assert refused.status_code == 403
        assert "only Asha can put them on paper" in refused.get_data(as_text=True)
        assert (
            client_for(agreed.asha).get(f"{page}?stills=on").headers["Location"] == f"/confirm?next={page}?stills%3Don"
        )
        assert confirmed_for(agreed.lena).get(page).status_code == 404
    assert not entries(services, "review_taken_out") | entries(services, "stills_taken_out")
    assert "With a still" not in confirmed_for(agreed.priya).get(address).get_data(as_text=True)
    assert entries(services, "review_taken_out") == {agreed.cycle.id}
    with services.database.reading() as session:
        relations = cycle_for(session, agreed.priya, agreed.cycle.id).relations
    assert not any(allows(relations, Verb.EXPORT, Thing.CLIP, state) for state in State)


def test_a_clip_that_is_withdrawn_while_its_stills_are_put_on_paper_is_on_none(
    confirmed_for: SignedIn, services: Services, agreed: World, filmed: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    def withdrawn_meanwhile(*asked: Any) -> stills.Pictures:
        made = put_on_paper(*asked)
        with services.database.transaction() as session:
            session.get_one(Clip, filmed.id).state = ClipState.WITHDRAWN
        return made

    put_on_paper = stills.pictures
    monkeypatch.setattr(stills, "pictures", withdrawn_meanwhile)
    address = f"/cycles/{agreed.cycle.id}/review/paper.pdf?stills=on"
    answer = confirmed_for(agreed.asha).get(address)
    assert answer.status_code == 409
    assert "Make the page again" in answer.get_data(as_text=True)
    monkeypatch.undo()
    page = read(confirmed_for(agreed.asha).get(address).data)
    assert "Filmed" not in page.text


def test_a_page_whose_stills_take_too_long_says_how_far_it_is_and_goes_on_from_there(
    confirmed_for: SignedIn, services: Services, agreed: World, filmed: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stills, "PATIENCE", -1)
    answer = confirmed_for(agreed.asha).get(f"/cycles/{agreed.cycle.id}/review/paper.pdf?stills=on")
    assert answer.status_code == 503
    assert "0 of 4 stills are made" in answer.get_data(as_text=True)


def test_two_hundred_moments_with_stills_are_made_within_reason_and_the_rest_is_said(
    confirmed_for: SignedIn, services: Services, agreed: World, filmed: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stills that are kept already, as they are once the sheet has shown them."""
    with services.database.transaction() as session:
        for n in range(250):
            make_tag(session, session.get_one(Clip, filmed.id), agreed.priya, agreed.strategy, at_ms=2020 + n % 40 * 40)
    asha = confirmed_for(agreed.asha)
    assert asha.get(f"/media/{filmed.id}/still/420").status_code == 200
    kept = f"clips/{filmed.id}/1/stills/10.jpg"
    monkeypatch.setattr(stills, "kept", lambda *_: kept)
    began = time.process_time()
    page = on_paper(asha, agreed, "?stills=on")
    assert time.process_time() - began < 30
    assert "There are 254 moments; these are the first 200." in page.text
    assert len(page.pages) < 40


def test_the_statements_of_a_sheet_are_bounded(services: Services, agreed: World, filmed: Clip) -> None:
    def asked() -> int:
        with counted(services.database.engine) as statements, services.database.reading() as session:
            sheet_for(session, session.get_one(Person, agreed.asha.id), agreed.cycle.id)
        return len(statements)

    few = asked()
    with services.database.transaction() as session:
        for n in range(300):
            make_tag(session, session.get_one(Clip, filmed.id), agreed.priya, agreed.strategy, at_ms=2020 + n)
    assert asked() == few + 2 * 3  # for each further page of sixty: its moments, and the roles of who marked them
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Tag)) == 307
