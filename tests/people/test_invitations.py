"""Invitation letters go out in rounds, each with a link of its own, through a real mail server."""

import dataclasses
import email
import email.policy
import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.support.smtp import PostOffice, post_office
from tests.support.world import PASSWORD, World
from tests.test_mail import certificate, through
from veo_workflow import mail
from veo_workflow.database import now
from veo_workflow.people import operations as people
from veo_workflow.people.models import Invitation, Person
from veo_workflow.people.staff import letters
from veo_workflow.people.staff.operations import ask_for_letters, everybody_unwritten
from veo_workflow.services import Services
from workers import upkeep

__all__ = ["certificate"]
MAIL = ("smtp_host", "smtp_port", "smtp_user", "smtp_password", "mail_from")


@pytest.fixture
def office(certificate: tuple[str, str]) -> Iterator[PostOffice]:
    with post_office(*certificate) as opened:
        yield opened


@pytest.fixture
def school(services: Services, office: PostOffice) -> Services:
    settings = through(office.port)
    return dataclasses.replace(
        services, settings=services.settings.model_copy(update={name: getattr(settings, name) for name in MAIL})
    )


def _ask(school: Services, *asked: Person, by: Person) -> None:
    with school.database.transaction() as session:
        ask_for_letters(session, [session.get_one(Person, person.id) for person in asked], by=by)


def test_a_letter_brings_a_link_with_which_somebody_begins(school: Services, world: World, office: PostOffice) -> None:
    _ask(school, world.tess, by=world.ada)
    assert upkeep.one_round(school)["invitations_sent"] == 1
    (taken,) = (letter for letter in office.taken if letter.rcpt_tos == ["tess@example.org"])  # others have news
    read = email.message_from_bytes(bytes(taken.original_content or b""), policy=email.policy.default)
    assert read["Subject"] == "Your account for coaching at Alder School"
    token = re.search(r"/welcome/([\w-]+)", str(read.get_content()))
    assert token
    with school.database.transaction() as session:
        assert people.use_link(session, token[1], PASSWORD).id == world.tess.id
    assert letters.send_invitations(school) == 0


def test_nobody_is_written_to_who_has_begun_or_left_or_was_written_to(
    school: Services, world: World, office: PostOffice
) -> None:
    _ask(school, world.tess, world.sam, world.theo, by=world.ada)
    with school.database.transaction() as session:
        people.set_password(session, session.get_one(Person, world.sam.id), PASSWORD)
        session.get_one(Person, world.theo.id).disabled_at = now()
    assert [letters.send_invitations(school) for _ in range(2)] == [1, 0]
    with school.database.reading() as session:
        assert world.tess.id not in {person.id for person in everybody_unwritten(session, world.ada.school_id)}


def test_a_server_that_does_not_answer_is_left_alone_and_nobody_is_forgotten(
    school: Services, world: World, office: PostOffice
) -> None:
    _ask(school, world.tess, by=world.ada)
    silent = dataclasses.replace(school, settings=school.settings.model_copy(update={"smtp_host": "127.0.0.2"}))
    assert letters.send_invitations(silent) == 0
    assert school.redis.exists(mail.PAUSED)
    school.redis.delete(mail.PAUSED)
    assert letters.send_invitations(school) == 1


def test_a_round_writes_to_so_many_and_no_more(
    school: Services, world: World, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "AT_ONCE", 2)
    _ask(school, world.tess, world.sam, world.theo, by=world.ada)
    assert [letters.send_invitations(school) for _ in range(3)] == [2, 1, 0]
    with school.database.reading() as session:
        assert len(set(session.scalars(select(Invitation.mailed_at)))) == 3
