"""A cycle on paper: a tagged PDF that can be read back, made without the network or any file but our own."""

import io
import logging
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.confirming import confirmed
from tests.support.paper import Paper, read
from tests.support.world import World, make_tag
from veo_workflow.clips.models import Clip
from veo_workflow.database import new_id
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.tags.models import Reply, Tag
from veo_workflow.takeout import paper

SignedIn = Callable[[Person | None], FlaskClient]

ONCE = pytest.mark.parametrize("database", ["sqlite"])  # its rows are read by queries of other rooms


def on_paper(client: FlaskClient, world: World) -> Paper:
    answer = confirmed(client).get(f"/cycles/{world.cycle.id}/takeout.pdf")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    return read(answer.data)


@ONCE
def test_it_reads_back_as_what_the_pair_has_written(client_for: SignedIn, told: World) -> None:
    page = on_paper(client_for(told.priya), told)
    assert page.title == "Entry routines: Asha Khan with Priya Nair"
    for words in (
        "Everybody writes within ninety seconds.",
        "Everybody writes within two minutes.",
        "then 6:30, goal 1:30",
        "2:15",
        told.strategy.steps[0].title,
        "Four names in a row.",
        "Priya’s own draft",
        "Calm, <b>every</b> day.",
        "Film again, Asha Khan",
        "Continue with the same goal.",
        "Calmer <by> far.",
        "https://example.org/door",
        "See you on Thursday.",
        "Taken back.",
    ):
        assert words in page.text, page.text
    assert "Coaching sessions" in page.text
    assert "Room 4" in page.text
    assert "An hour to plan" in page.text
    assert "Between the two of us" not in page.text
    assert "Asha’s own draft" not in page.text
    assert "Carpet time" not in page.text
    assert "Said in haste" not in page.text


@ONCE
def test_steps_have_their_number_and_colour_and_moments_their_replies(
    client_for: SignedIn, services: Services, told: World
) -> None:
    with services.database.transaction() as session:
        tag = session.scalars(select(Tag).where(Tag.note == "Four names in a row.")).one()
        for text in ("Because of the door.", "And then? " * 100):
            session.add(Reply(id=new_id(), tag_id=tag.id, author_id=told.asha.id, text=text))
    content = confirmed(client_for(told.priya)).get(f"/cycles/{told.cycle.id}/takeout.pdf").data
    page = read(content)
    assert f"1 {told.strategy.steps[0].name}" in page.text
    assert f"5 {told.strategy.steps[4].title}" in page.text
    assert "Asha Khan Because of the door." in page.text
    assert page.text.count("And then?") == 40
    with pikepdf.open(io.BytesIO(content)) as pdf:
        drawn = b" ".join(one.Contents.read_bytes() for one in pdf.pages)
    for colour in (b"0.141176 0.317647 0.619608 rg", b"0.52549 0.337255 0 rg"):  # of steps 1 and 5
        assert colour in drawn


@ONCE
def test_it_is_tagged_in_our_font_and_our_language(
    client_for: SignedIn, told: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        page = on_paper(client_for(told.asha), told)
    assert not [told for told in caplog.records if told.name.startswith("weasyprint")]
    assert page.claims_ua
    assert page.language == "en-GB"
    assert {"H1", "H2", "Table", "TH", "TD", "L", "LI"} <= set(page.tags)
    assert page.tags.index("H1") < page.tags.index("H2")
    assert {font.partition("+")[2].startswith("Atkinson") for font in page.fonts} == {True}


@ONCE
def test_of_very_many_moments_the_first_are_on_paper_and_the_rest_is_said(
    client_for: SignedIn, services: Services, told: World
) -> None:
    with services.database.transaction() as session:
        clip = session.scalars(select(Clip).where(Clip.title == "Carpet time")).one()
        for n in range(2_000):
            make_tag(session, clip, told.asha, told.strategy, at_ms=3000 + n * 10)
    asha = client_for(told.asha)
    began = time.process_time()
    page = on_paper(asha, told)
    assert time.process_time() - began < 30
    assert "There are 2,003 moments; these are the first 200, in the order of the lessons." in page.text
    assert len(page.pages) < 40


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hostname",
        "http://127.0.0.1:9/x.css",
        "data:text/css,body{}",
        "https://static.invalid/../app.py",
        "https://static.invalid.example/css/paper.css",
        "https://static.invalid/css/../../settings.py",
        "https://static.invalid/js/shared/api.js",
        "https://static.invalid/css/",
    ],
)
def test_nothing_is_fetched_but_our_own_style_sheets_and_fonts(url: str) -> None:
    with pytest.raises((ValueError, OSError)):
        paper.fetcher().fetch(url)


def test_a_page_that_asks_for_a_file_or_an_address_is_made_without_it(tmp_path: Path) -> None:
    (tmp_path / "secret.css").write_text("body::before { content: 'canary' }")
    page = (
        f"<!doctype html><html lang='en'><title>Page</title><link rel='stylesheet' href='{paper.OURS}css/paper.css'>"
        f"<link rel='stylesheet' href='file://{tmp_path}/secret.css'><p>Plain words</p></html>"
    )
    made = read(paper.printed(page))
    assert "Plain words" in made.text
    assert "canary" not in made.text
