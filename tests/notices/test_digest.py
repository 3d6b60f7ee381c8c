"""The letter a day, through a real mail server: to whom, how often, and that it quotes nobody."""

import dataclasses
import email
import email.policy
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.support.smtp import PostOffice, post_office
from tests.support.world import World
from tests.test_mail import certificate, through
from veo_workflow import mail
from veo_workflow.database import new_id, now
from veo_workflow.notices.models import MailChoice, Notice, NoticeKind
from veo_workflow.notices.operations import choose_mail, tell
from veo_workflow.pages.noticeboard import digest
from veo_workflow.people.models import Person
from veo_workflow.schools.models import School
from veo_workflow.services import Services
from workers import upkeep

__all__ = ["certificate"]
MAIL = ("smtp_host", "smtp_port", "smtp_user", "smtp_password", "mail_from")


@pytest.fixture
def office(certificate: tuple[str, str]) -> Iterator[PostOffice]:
    with post_office(*certificate) as opened:
        yield opened


@pytest.fixture
def school(services: Services, world: World, office: PostOffice) -> Services:
    """It has a mail server, it is noon there, and nobody has heard of anything yet."""
    with services.database.transaction() as session:
        session.query(Notice).delete()
        session.execute(update(School).values(timezone=zone_where_it_is(12)))
    settings = through(office.port)
    return dataclasses.replace(
        services, settings=services.settings.model_copy(update={name: getattr(settings, name) for name in MAIL})
    )


def zone_where_it_is(hour: int) -> str:
    """A time zone in which it is that hour now; the signs of these names are the wrong way round by tradition."""
    ahead = (hour - now().hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}"


def told_an_hour_ago(services: Services, person: Person, kind: NoticeKind, by: Person) -> None:
    with services.database.transaction() as session:
        tell(session, [person.id], kind, new_id(), by=by.id)
        session.execute(update(Notice).where(Notice.mailed_at.is_(None)).values(happened_at=now() - timedelta(hours=1)))


def letter(office: PostOffice) -> tuple[list[str], str, str]:
    (taken,) = office.taken
    read = email.message_from_bytes(bytes(taken.original_content or b""), policy=email.policy.default)
    return taken.rcpt_tos, str(read["Subject"]), str(read.get_content())


def test_one_letter_says_what_is_new_and_by_whom(school: Services, world: World, office: PostOffice) -> None:
    told_an_hour_ago(school, world.asha, NoticeKind.GOAL_WRITTEN, world.priya)
    told_an_hour_ago(school, world.asha, NoticeKind.MOMENTS_SHARED, world.priya)
    assert digest.send_digests(school) == 1
    to, subject, text = letter(office)
    assert to == ["asha@example.org"]
    assert subject == "2 things are new in coaching"
    assert "- Priya Nair shared moments with you" in text
    assert "- Priya Nair wrote the goal of your cycle" in text
    assert f"{school.settings.origin}/notices" in text
    for secret in (world.cycle.focus, "two minutes", str(world.cycle.id)):
        assert secret not in text


def test_nobody_gets_a_second_letter_within_a_day(school: Services, world: World, office: PostOffice) -> None:
    told_an_hour_ago(school, world.asha, NoticeKind.GOAL_WRITTEN, world.priya)
    assert [digest.send_digests(school) for _ in range(2)] == [1, 0]
    told_an_hour_ago(school, world.asha, NoticeKind.GOAL_WRITTEN, world.priya)
    assert digest.send_digests(school) == 0
    with school.database.transaction() as session:
        a_day = timedelta(hours=21)
        session.execute(update(Notice).where(Notice.mailed_at.is_not(None)).values(mailed_at=now() - a_day))
    assert digest.send_digests(school) == 1
    assert len(office.taken) == 2


def test_things_are_left_to_gather(school: Services, world: World, office: PostOffice) -> None:
    with school.database.transaction() as session:
        tell(session, [world.asha.id], NoticeKind.GOAL_WRITTEN, world.cycle.id, by=world.priya.id)
    assert digest.send_digests(school) == 0


@pytest.mark.parametrize("why", ["read", "chosen", "left", "night", "no server"])
def test_no_letter_goes_to_somebody_who(school: Services, world: World, office: PostOffice, why: str) -> None:
    told_an_hour_ago(school, world.asha, NoticeKind.GOAL_WRITTEN, world.priya)
    with school.database.transaction() as session:
        if why == "read":
            session.execute(update(Notice).values(read_at=now()))
        elif why == "chosen":
            choose_mail(session, world.asha.id, MailChoice.NEVER)
        elif why == "left":
            session.get_one(Person, world.asha.id).disabled_at = now()
        elif why == "night":
            session.execute(update(School).values(timezone=zone_where_it_is(23)))
    without = school.settings.model_copy(update={"smtp_host": ""})
    here = dataclasses.replace(school, settings=without) if why == "no server" else school
    assert digest.send_digests(here) == 0
    assert office.taken == []


def test_a_server_that_does_not_answer_is_left_alone_for_a_while(school: Services, world: World) -> None:
    told_an_hour_ago(school, world.asha, NoticeKind.GOAL_WRITTEN, world.priya)
    told_an_hour_ago(school, world.priya, NoticeKind.GOAL_WRITTEN, world.asha)
    silent = dataclasses.replace(school, settings=school.settings.model_copy(update={"smtp_port": 1}))
    assert digest.send_digests(silent) == 0
    assert 0 < school.redis.ttl(mail.PAUSED) <= mail.PAUSE_SECONDS
    assert digest.send_digests(school) == 0
    school.redis.delete(mail.PAUSED)
    assert digest.send_digests(school) == 2


def test_an_address_that_is_refused_is_not_tried_again_and_keeps_nobody_waiting(
    school: Services, world: World, office: PostOffice
) -> None:
    told_an_hour_ago(school, world.asha, NoticeKind.GOAL_WRITTEN, world.priya)
    told_an_hour_ago(school, world.priya, NoticeKind.GOAL_WRITTEN, world.asha)
    office.refused = "asha@example.org"
    assert digest.send_digests(school) == 2
    assert [taken.rcpt_tos for taken in office.taken] == [["priya@example.org"]]
    assert digest.send_digests(school) == 0
    with school.database.reading() as session:
        assert session.scalars(select(Notice).where(Notice.mailed_at.is_(None))).all() == []


def test_those_who_have_left_keep_nobody_waiting(
    school: Services, world: World, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "AT_ONCE", 1)
    told_an_hour_ago(school, world.priya, NoticeKind.GOAL_WRITTEN, world.asha)
    told_an_hour_ago(school, world.asha, NoticeKind.GOAL_WRITTEN, world.priya)
    with school.database.transaction() as session:
        session.get_one(Person, world.priya.id).disabled_at = now()
    assert digest.send_digests(school) == 1
    assert office.taken[0].rcpt_tos == ["asha@example.org"]


def test_upkeep_sends_them(school: Services, world: World, office: PostOffice) -> None:
    told_an_hour_ago(school, world.asha, NoticeKind.GOAL_WRITTEN, world.priya)
    assert upkeep.one_round(school)["digests_sent"] == 1
    assert len(office.taken) == 1
