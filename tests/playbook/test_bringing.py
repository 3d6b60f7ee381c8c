"""A lead brings a playbook in from a file: first what would change, then all of it or nothing."""

import dataclasses
import html
import io
import re
import uuid
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.support.world import World
from veo_workflow.people.models import Person
from veo_workflow.playbook import operations, queries
from veo_workflow.playbook.models import Strategy, StrategyVersion
from veo_workflow.playbook.rules import StrategyWords
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
HEADING = "strategy,purpose,name,step\n"
NEW = HEADING + "Turn and talk,All speak.,Turn,Turn to a partner\n"


@pytest.fixture
def lena(client_for: SignedIn, world: World) -> FlaskClient:
    return client_for(world.lena)


def choose(browser: FlaskClient, content: str | bytes, name: str = "playbook.csv") -> TestResponse:
    sent = content.encode() if isinstance(content, str) else content
    return browser.post("/playbook/bring", data={"file": (io.BytesIO(sent), name)})


def bring_in(browser: FlaskClient, preview: TestResponse) -> TestResponse:
    """Press the preview's one button."""
    fields = dict(re.findall(r'type="hidden" name="(kind|mark|text)" value="([^"]*)"', preview.text))
    sent = {name: html.unescape(value).replace("\n", "\r\n") for name, value in fields.items()}  # as a browser does
    return browser.post("/playbook/bring/in", data=sent, content_type="multipart/form-data")


def titles(services: Services, world: World) -> dict[str, int]:
    with services.database.transaction() as session:
        return {title: holder.version for title, holder in queries.titles(session, world.lena.school_id).items()}


@pytest.mark.parametrize("kind", ["csv", "yaml"])
def test_what_goes_out_comes_in_again_and_changes_nothing(
    services: Services, lena: FlaskClient, world: World, kind: str
) -> None:
    before = titles(services, world)
    taken = lena.get(f"/playbook/playbook.{kind}")
    assert taken.headers["Content-Disposition"] == f"attachment; filename=playbook.{kind}"
    preview = choose(lena, taken.data, f"playbook.{kind}")
    assert f"0 new, 0 in a new version, {len(before)} unchanged." in preview.text
    assert "There is nothing to do" in preview.text
    assert titles(services, world) == before


def test_a_lead_sees_what_a_file_would_change_and_then_does_it(
    services: Services, lena: FlaskClient, world: World
) -> None:
    before = titles(services, world)
    file = lena.get("/playbook/playbook.csv").text.replace("Greet each child by name", "Greet each child warmly")
    preview = choose(lena, file + "Turn and talk,All speak.,,,,Turn,Turn to a partner,,,pink,,,\r\n")
    assert preview.status_code == 200
    assert f"1 new, 1 in a new version, {len(before) - 1} unchanged." in preview.text
    assert "<ins>" in preview.text
    assert "Step 2 reworded" in preview.text
    assert titles(services, world) == before
    assert bring_in(lena, preview).status_code == 302
    assert titles(services, world) == before | {"a calm start": 2, "turn and talk": 1}
    page = lena.get(f"/playbook/{world.strategy.strategy_id}").text
    assert "Greet each child warmly" in page
    assert "Lena Ford" in page


def test_a_file_with_a_fault_brings_nothing_in(services: Services, lena: FlaskClient, world: World) -> None:
    before = titles(services, world)
    refused = choose(lena, NEW + "Boards up,,Up,Hold it up\nBoards down,All.,,Down\n")
    assert refused.status_code == 422
    for line, where in ((3, "purpose"), (4, "name")):
        assert f'<td class="tabular">{line}</td><td><code>{where}</code>' in refused.text
    assert lena.post("/playbook/bring/in", data={"text": "rubbish", "kind": "csv", "mark": ""}).status_code == 422
    assert lena.post("/playbook/bring/in", data={"text": NEW, "kind": "exe", "mark": ""}).status_code == 422
    assert titles(services, world) == before


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (NEW, "playbook.xlsx", "ends in .csv"),
        (HEADING.encode("utf-16-le"), "playbook.csv", "not a text file"),
        ("strategy,name,step\nZoë,T,T".encode("cp1252"), "playbook.csv", "CSV UTF-8"),
        ("title,step\n", "playbook.csv", "Missing: strategy, name"),
        (HEADING + "T,a,b,c\n" * 10_000, "playbook.csv", "10,000 lines"),
        ("- !!python/object/apply:os.system ['true']\n", "playbook.yml", "Line 1 has a tag"),
        ("x" * 500_000, "playbook.yaml", "larger than 400 kB"),
    ],
)
def test_a_file_that_cannot_be_read_gets_one_sentence(
    lena: FlaskClient, content: str | bytes, name: str, sentence: str
) -> None:
    refused = choose(lena, content, name)
    assert refused.status_code == 422
    assert sentence in html.unescape(refused.text)


def test_a_playbook_changed_since_the_preview_is_shown_again_before_anything_is_done(
    services: Services, lena: FlaskClient, world: World
) -> None:
    preview = choose(lena, NEW)
    with services.database.transaction() as session:
        words = queries.words_of(_standing(session, world))
        operations.add(session, _named(words, "Turn and talk"), by=session.get_one(Person, world.lena.id))
    refused = bring_in(lena, preview)
    assert refused.status_code == 409
    assert "changed since this preview" in refused.text
    assert "0 new, 1 in a new version" in refused.text
    assert titles(services, world)["turn and talk"] == 1
    assert bring_in(lena, refused).status_code == 302
    assert titles(services, world)["turn and talk"] == 2


def test_a_sheet_leaves_the_links_and_brings_back_what_was_retired(
    services: Services, lena: FlaskClient, world: World
) -> None:
    link = {"resource_title": "Talk", "resource_address": "https://example.org/talk"}
    words = {"title": "Turn and talk", "purpose": "All.", "step_name": "Turn", "step_title": "Turn to a partner"}
    address = lena.post("/playbook/new", data=words | link).location.partition("?")[0]
    assert lena.post(f"{address}/retire").status_code == 302
    preview = choose(lena, NEW)
    assert "brought back" in preview.text
    assert bring_in(lena, preview).status_code == 302
    page = lena.get(address).text
    assert "All speak." in page
    assert "https://example.org/talk" in page
    with services.database.transaction() as session:
        assert session.get_one(Strategy, uuid.UUID(address.rpartition("/")[2])).retired_at is None


def test_two_versions_lie_side_by_side_with_their_differences(
    services: Services, client_for: SignedIn, world: World
) -> None:
    with services.database.transaction() as session:
        standing = _standing(session, world)
        operations.next_version(session, standing, _named(queries.words_of(standing), "A calmer start"), by=None)
    page = client_for(world.tess).get(f"/playbook/{world.strategy.strategy_id}/compare").text
    assert '<del><span class="hidden-words">removed: </span>calm ' in page
    assert '<ins><span class="hidden-words">added: </span>calmer ' in page
    assert "Title reworded." in page
    assert client_for(world.tess).get(f"/playbook/{world.strategy.strategy_id}/compare?old=9").status_code == 404


def _standing(session: Session, world: World) -> StrategyVersion:
    return queries.newest_version(session, world.strategy.strategy_id)


def _named(words: StrategyWords, title: str) -> StrategyWords:
    return dataclasses.replace(words, title=title)
