"""The administrator brings a list of staff: looked at first, then applied whole or not at all; and takes it along."""

import base64
import csv
import html
import io
import re
import time
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.support.confirming import confirmed
from tests.support.statements import counted
from tests.support.world import World
from veo_workflow.errors import Conflict, Gone
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people import operations as people
from veo_workflow.people.models import Coach, Invitation, LinkPurpose, Person, Role
from veo_workflow.people.staff import rules
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
HEAD = "Name,E-mail,Roles,Trained on,Capacity\n"


def _look(client: FlaskClient, content: str | bytes) -> TestResponse:
    sent = content.encode() if isinstance(content, str) else content
    return client.post("/people/import", data={"file": (io.BytesIO(sent), "staff.csv")})


def _apply(client: FlaskClient, page: str) -> TestResponse:
    fields = dict(re.findall(r'<input type="hidden" name="(content|mark)" value="([^"]*)"', page))
    return client.post("/people/import/apply", data=fields, content_type="multipart/form-data")


def _people(services: Services, world: World) -> dict[str, Person]:
    with services.database.reading() as session:
        found = session.scalars(select(Person).where(Person.school_id == world.ada.school_id))
        return {person.email: person for person in found}


def test_a_list_is_looked_at_and_then_applied(client_for: SignedIn, services: Services, world: World) -> None:
    ada = confirmed(client_for(world.ada))
    page = _look(
        ada,
        HEAD + "Zoë Ng,Zoe@Example.org,,2026-09-01,4\nPriya Nair-Hill,priya@example.org,lead,01/10/2025,\n"
        "Asha Khan,asha@example.org,,,\n",
    )
    said = html.unescape(page.text)
    assert page.status_code == 200
    assert "1 new, 1 changed, 1 left as they are" in said
    assert "name: Priya Nair becomes Priya Nair-Hill; roles: nothing becomes lead; trained on: nothing" in said
    assert "zoe@example.org" not in _people(services, world)
    assert _apply(ada, page.text).status_code == 302
    found = _people(services, world)
    assert found["zoe@example.org"].name == "Zoë Ng"
    assert found["priya@example.org"].has(Role.LEAD)
    with services.database.reading() as session:
        zoe, priya = (session.get_one(Coach, found[email].id) for email in ("zoe@example.org", "priya@example.org"))
        told = set(session.scalars(select(Notice.kind).where(Notice.person_id == world.priya.id)))
    assert (zoe.trained_on, zoe.capacity) == (date(2026, 9, 1), 4)
    assert (priya.trained_on, priya.capacity) == (date(2025, 10, 1), 3)
    assert NoticeKind.ROLES_CHANGED in told
    assert "nothing changes" in _look(ada, HEAD + "Zoë Ng,zoe@example.org,,2026-09-01,4\n").text


def test_what_is_taken_along_comes_back_unchanged_and_runs_no_formula(
    client_for: SignedIn, services: Services, world: World
) -> None:
    with services.database.transaction() as session:
        for number, name in enumerate(("=1+1", "'=1+1", "Ng, Zoë", 'The "Head"', "-cmd|x")):
            people.add_person(
                session,
                school=world.ada.school_id,
                email=f"odd{number}@example.org",
                name=name,
                roles=frozenset({Role.LEAD, Role.SAFEGUARDING_LEAD}),
            )
    ada = confirmed(client_for(world.ada))
    taken = ada.get("/people/staff.csv").data
    rows = list(csv.reader(io.StringIO(taken.decode("utf-8-sig"), newline="")))
    assert rows[0] == list(rules.HEADING)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert "olu@example.org" not in taken.decode()
    assert "Everybody in this file is known, and nothing changes" in _look(ada, taken).text
    for other in (
        taken.replace(b"\r\n", b"\n"),
        taken[3:],
        taken.replace(b",", b";") if b"Ng," not in taken else taken,
    ):
        assert "nothing changes" in _look(ada, other).text


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("Zoë,zoe@example.org,head,,", "Line 2 There is no role called “head”"),
        ("Zoë,zoe.example.org,,,", "Line 2 “zoe.example.org” is not an e-mail address"),
        ("Zoë,,,,", "Line 2 The e-mail address is missing"),
        (",zoe@example.org,,,", "Line 2 The name is missing"),
        ("Z" * 121 + ",zoe@example.org,,,", "Line 2 The name has more than 120"),
        ("Zoë,zoe@example.org,,soon,", "Line 2 “soon” is not a day"),
        ("Zoë,zoe@example.org,,,13", "Line 2 The capacity “13”"),
        ('"Zoë\r\nNg",zoe@example.org,,,\r\nNg,ZOE@example.org,,,', "Line 4 This e-mail address stands on line 2"),
        ("Olu,olu@example.org,,,", "Line 2 This e-mail address cannot be used here"),
        ("Ada West,ada@example.org,lead,,", "Line 2 You would stop being an administrator"),
    ],
)
def test_a_line_that_is_wrong_is_said_and_keeps_the_whole_list_out(
    client_for: SignedIn, services: Services, world: World, lines: str, sentence: str
) -> None:
    ada = confirmed(client_for(world.ada))
    answer = _look(ada, HEAD + lines + "\nGood One,good@example.org,,,\n")
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html.unescape(answer.text)))
    assert answer.status_code == 422
    assert sentence in said
    for secret in ("Birch", "Stone"):
        assert secret not in said
    forced = {"content": base64.b64encode((HEAD + lines + "\nGood One,good@example.org,,,\n").encode()).decode()}
    assert ada.post("/people/import/apply", data={**forced, "mark": ""}).status_code == 409
    assert "good@example.org" not in _people(services, world)


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty"),
        (HEAD.encode(), "Nobody is in this file"),
        (b"Name,Roles\nZoe,lead\n", "Missing: e-mail"),
        ((HEAD + "Zoë,zoe@example.org,,,").encode("cp1252"), "CSV UTF-8"),
        ((HEAD + "Zoë,zoe@example.org,,,").encode("utf-16-le"), "CSV UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0", "CSV UTF-8"),
        ((HEAD + "Zoe,z@example.org,,,\n" * 10_000).encode(), "10,000 lines; 2,000 at most"),
        (b"Name,E-mail\n" + b"x" * rules.LARGEST, "larger than 600 kB"),
    ],
)
def test_a_file_that_is_no_list_gives_one_sentence(
    client_for: SignedIn, world: World, content: bytes, sentence: str
) -> None:
    begun = time.process_time()
    answer = _look(confirmed(client_for(world.ada)), content)
    assert answer.status_code == 422
    assert sentence in html.unescape(answer.text)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("database", ["sqlite"])
def test_what_is_far_too_large_to_be_a_list_is_said_in_one_sentence(client_for: SignedIn, world: World) -> None:
    answer = _look(confirmed(client_for(world.ada)), b"x" * 3_000_000)
    assert answer.status_code == 413
    assert "larger than 2 MB" in answer.text


@pytest.mark.parametrize(
    "content",
    [
        "Name;E-mail\r\nZoë Ng;zoe@example.org\r\n".encode(),
        "\ufeffname\temail\nZoë Ng\tzoe@example.org".encode(),
        "E-mail,Name\nzoe@example.org,Zoë Ng\n".encode("utf-16"),
    ],
    ids=["semicolons and CRLF", "a mark and tabs", "utf-16 with its mark"],
)
def test_a_list_is_read_however_a_spreadsheet_saved_it(content: bytes) -> None:
    (line,), faults = rules.read(content)
    assert (line.name, line.email, line.roles, faults) == ("Zoë Ng", "zoe@example.org", None, [])


def test_what_somebody_else_did_meanwhile_keeps_the_whole_list_out(
    client_for: SignedIn, services: Services, world: World
) -> None:
    ada = confirmed(client_for(world.ada))
    page = _look(ada, HEAD + "New One,one@example.org,,,\nNew Two,two@example.org,,,\n").text
    with services.database.transaction() as session:
        people.add_person(session, school=world.olu.school_id, email="two@example.org", name="Taken", roles=frozenset())
    answer = _apply(ada, page)
    assert answer.status_code == 409
    assert "Nothing is imported yet" in answer.text
    assert "cannot be used here" in answer.text
    assert "one@example.org" not in _people(services, world)


def test_two_thousand_lines_take_as_many_questions_as_few_and_wait_for_no_letter(
    client_for: SignedIn, services: Services, world: World
) -> None:
    ada = confirmed(client_for(world.ada))

    def lines(first: int, last: int) -> str:
        return HEAD + "".join(f"N {number},n{number}@example.org,,2026-09-01,2\n" for number in range(first, last))

    with counted(services.database.engine) as few:
        _look(ada, lines(0, 3))
    with counted(services.database.engine) as many:
        page = _look(ada, lines(0, 2000)).text
    assert len(many) == len(few) <= 8
    begun = time.process_time()
    assert _apply(ada, page).status_code == 302
    assert time.process_time() - begun < 20
    with services.database.reading() as session:
        assert (
            session.scalar(select(func.count()).select_from(Person).where(Person.email.like("n%@example.org"))) == 2000
        )
        assert session.scalar(select(func.count()).select_from(Invitation)) == 0
    with counted(services.database.engine) as listed:
        assert "2008 still to begin" in ada.get("/people").text
    assert len(listed) <= 11


def test_links_are_made_for_those_still_to_begin(client_for: SignedIn, services: Services, world: World) -> None:
    ada = confirmed(client_for(world.ada))
    page = ada.get("/people?waiting=1").text
    chosen = re.findall(r'name="person" value="([^"]+)"', page)
    made = ada.post("/people/links", data={"person": [*chosen, str(world.olu.id)]}).text
    links = re.findall(r"/welcome/([\w-]+)", made)
    assert len(links) == len(chosen) == 7
    assert "Olu Stone" not in made
    assert client_for(None).get(f"/welcome/{links[0]}").status_code == 200
    assert ada.post("/people/letters").status_code == 422  # no mail server here


def test_who_left_another_school_of_the_trust_is_added_once_the_old_account_has_another_address(
    client_for: SignedIn, services: Services, world: World
) -> None:
    ada, line = confirmed(client_for(world.ada)), HEAD + "Olu Stone,olu@example.org,,,\n"
    assert "has an account already" in _look(ada, line).text
    with services.database.transaction() as session:
        olu = session.get_one(Person, world.olu.id)
        token = people.make_link(session, LinkPurpose.PASSWORD_RESET, olu)
        with pytest.raises(Conflict):
            people.change_address(session, olu, "asha@example.org")
        people.change_address(session, olu, " Olu.Before@Example.org ")
        assert olu.email == "olu.before@example.org"
        with pytest.raises(Gone):
            people.use_link(session, token, "four quiet words here")
    assert _apply(ada, _look(ada, line).text).status_code == 302
    assert _people(services, world)["olu@example.org"].id != world.olu.id
