"""The handbook: a chapter an address, whole on paper, and a way to it from where help is needed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.pages.test_home import read
from tests.support.world import World
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.pages.handbook import CHAPTERS
from veo_workflow.people.models import Person
from veo_workflow.services import Services

ClientFor = Callable[[Person | None], FlaskClient]


def test_the_contents_lead_to_every_chapter(world: World, client_for: ClientFor) -> None:
    client = client_for(world.tess)
    contents = read(client, "/handbook")
    for chapter in CHAPTERS:
        assert f'href="/handbook/{chapter.name}"' in contents
        page = read(client, f"/handbook/{chapter.name}")
        assert f">{chapter.title}</h1>" in page


def test_the_whole_holds_every_chapter_in_order(world: World, client_for: ClientFor) -> None:
    whole = read(client_for(world.asha), "/handbook/whole")
    places = [whole.index(f'-heading">{chapter.title}</h2>') for chapter in CHAPTERS]
    assert places == sorted(places)


def test_every_text_of_the_handbook_is_a_chapter() -> None:
    written = {path.stem.removeprefix("_") for path in Path("templates/handbook").glob("_*.html")}
    assert written - {"help"} == {chapter.name for chapter in CHAPTERS}


def test_there_is_no_chapter_of_another_name(world: World, client_for: ClientFor) -> None:
    for name in ("nothing", "help", "_goal", "contents"):
        assert client_for(world.asha).get(f"/handbook/{name}").status_code == 404


@pytest.mark.parametrize(
    ("address", "chapter"),
    [
        ("", "improve"),
        ("", "learn"),
        ("", "identify"),
        ("/goal", "goal"),
        ("/upload", "filming"),
        ("/review", "improve"),
    ],
)
def test_help_stands_where_it_is_needed(
    services: Services, world: World, client_for: ClientFor, address: str, chapter: str
) -> None:
    with services.database.transaction() as session:
        _in_improve(session, world)
    page = read(client_for(world.asha), f"/cycles/{world.cycle.id}{address}")
    assert "How this works" in page
    assert f'href="/handbook/{chapter}"' in page


def _in_improve(session: Session, world: World) -> None:
    session.get_one(Cycle, world.cycle.id).stage = Stage.IMPROVE
