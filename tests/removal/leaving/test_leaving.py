"""Somebody leaves: what ends with that ends at once, and what comes back with them is only the account."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.statements import counted
from tests.support.world import PASSWORD, World, make_clip
from veo_workflow.clips.models import Clip, ClipShare
from veo_workflow.cycles.models import CoachingSession, Cycle, Stage
from veo_workflow.cycles.sessions import operations as sessions
from veo_workflow.cycles.sessions.rules import Plan
from veo_workflow.database import now
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people import operations as people
from veo_workflow.people.models import Coach, LinkPurpose, Pair, Person
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


@pytest.fixture
def clip(services: Services, world: World, tmp_path: Path) -> uuid.UUID:
    """Asha's, shared with Priya and by name with Sam; kept longer than the school's policy says."""
    with services.database.transaction() as session:
        made = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
        made.delete_by = date(2099, 1, 1)
        session.add(ClipShare(clip_id=made.id, person_id=world.sam.id, until=now().date() + timedelta(days=9)))
    film = tmp_path / "film"
    film.write_bytes(b"x" * 500)
    services.storage.put(f"clips/{made.id}/1/playback.mp4", film, "video/mp4")
    return made.id


def _range(client: FlaskClient, clip: uuid.UUID, first: int) -> int:
    return client.get(f"/media/{clip}/playback", headers={"Range": f"bytes={first}-{first + 99}"}).status_code


def _shared(client: FlaskClient, share: uuid.UUID, first: int) -> int:
    return client.get(f"/media/shared/{share}/film", headers={"Range": f"bytes={first}-{first + 99}"}).status_code


def _plan(session: Session, world: World, days: int) -> CoachingSession:
    cycle, asha = session.get_one(Cycle, world.cycle.id), session.get_one(Person, world.asha.id)
    plan = Plan(now() + timedelta(days=days), 30, "", Stage.LEARN, is_review=False)
    return sessions.plan(session, cycle, plan, by=asha)


def _told(services: Services, person: Person) -> set[NoticeKind]:
    with services.database.reading() as session:
        return set(session.scalars(select(Notice.kind).where(Notice.person_id == person.id)))


def test_a_coach_who_leaves_loses_the_footage_between_two_byte_ranges(
    client_for: SignedIn, services: Services, world: World, clip: uuid.UUID
) -> None:
    priya, ada = client_for(world.priya), client_for(world.ada)
    assert _range(priya, clip, 0) == 206
    assert "Does Priya Nair leave now?" in ada.get(f"/people/{world.priya.id}/leave").text
    assert _range(priya, clip, 100) == 206  # asking ends nothing
    assert ada.post(f"/people/{world.priya.id}/leave").status_code == 302
    assert _range(priya, clip, 200) == 401
    assert _range(client_for(world.priya), clip, 200) == 401  # signed in anew by a token that was never ended
    assert _range(client_for(world.asha), clip, 0) == 206
    with services.database.reading() as session:
        assert session.get_one(Pair, world.pair.id).ended_at is not None
        assert session.get_one(Coach, world.priya.id).ended_at is not None
    assert NoticeKind.PAIR_ENDED in _told(services, world.asha)
    assert NoticeKind.PERSON_LEFT in _told(services, world.lena)


def test_a_coachee_who_leaves_takes_the_footage_from_everybody(
    client_for: SignedIn, services: Services, world: World, clip: uuid.UUID
) -> None:
    priya, sam, ada = (client_for(person) for person in (world.priya, world.sam, world.ada))
    with services.database.transaction() as session:
        coming, past = _plan(session, world, 3), _plan(session, world, 5)
        past.starts_at = now() - timedelta(days=1)
    with services.database.reading() as session:
        share = session.scalars(select(ClipShare.id)).one()
    with services.database.transaction() as session:
        session.get_one(ClipShare, share).note = "Look at how they come in."
        tell(session, [world.sam.id], NoticeKind.CLIP_SHARED_WITH, share, by=world.asha.id)
        tell(session, [world.sam.id], NoticeKind.CLIP_SHARED_WITH, uuid.uuid4(), by=world.tess.id)
    assert [_range(priya, clip, 0), _shared(sam, share, 0)] == [206, 206]
    page = ada.get(f"/people/{world.asha.id}/leave").text
    assert "One pair ends" in page
    assert "One planned session is cancelled" in page
    ada.post(f"/people/{world.asha.id}/leave")
    assert [_range(priya, clip, 100), _shared(sam, share, 100)] == [404, 404]
    with services.database.reading() as session:
        assert session.get_one(Clip, clip).delete_by < date(2099, 1, 1)
        assert session.get_one(CoachingSession, coming.id).cancelled_at is not None
        assert session.get_one(CoachingSession, past.id).cancelled_at is None
        ended = session.get_one(ClipShare, share)
        assert (ended.revoked_at is not None, ended.note) == (True, "")
        told = select(Notice.by_id).where(Notice.person_id == world.sam.id)
        assert list(session.scalars(told)) == [world.tess.id], "what led to her clip would lead nowhere"
    assert NoticeKind.SESSION_CANCELLED not in _told(services, world.priya)  # it would lead nowhere


def test_links_and_passwords_of_somebody_who_left_work_no_longer(
    client_for: SignedIn, services: Services, world: World
) -> None:
    with services.database.transaction() as session:
        tess = session.get_one(Person, world.tess.id)
        people.set_password(session, tess, PASSWORD)
        token = people.make_link(session, LinkPurpose.PASSWORD_RESET, tess)
    client_for(world.ada).post(f"/people/{world.tess.id}/leave")
    nobody = client_for(None)
    assert nobody.get(f"/welcome/{token}").status_code == 410
    assert nobody.post("/sign-in", data={"email": "tess@example.org", "password": PASSWORD}).status_code == 422


def test_somebody_comes_back_with_a_new_password_and_without_their_pairs(
    client_for: SignedIn, services: Services, world: World, clip: uuid.UUID
) -> None:
    ada = client_for(world.ada)
    ada.post(f"/people/{world.priya.id}/leave")
    assert "Priya Nair" in ada.get("/people/left").text
    assert f"/people/{world.priya.id}/leave" not in ada.get("/people").text
    back = ada.post(f"/people/{world.priya.id}/return", follow_redirects=True)
    assert str(world.priya.id) in ada.post("/people/links", data={"person": str(world.priya.id)}).text or back
    assert _range(client_for(world.priya), clip, 0) == 404
    assert "Priya Nair" not in ada.get("/people/left").text
    with services.database.reading() as session:
        assert session.get_one(Pair, world.pair.id).ended_at is not None


def test_nobody_leaves_twice_or_closes_their_own_account(
    client_for: SignedIn, services: Services, world: World
) -> None:
    ada = client_for(world.ada)
    refused = ada.post(f"/people/{world.ada.id}/leave")
    assert refused.status_code == 422
    assert "Ask another administrator" in refused.text
    assert ada.post(f"/people/{world.tess.id}/leave").status_code == 302
    assert ada.post(f"/people/{world.tess.id}/leave").status_code == 409
    assert ada.post(f"/people/{world.olu.id}/leave").status_code == 404


def test_the_list_of_leavers_asks_as_much_for_many_as_for_one(
    client_for: SignedIn, services: Services, world: World
) -> None:
    ada = client_for(world.ada)
    with counted(services.database.engine) as few:
        ada.get("/people/left")
    with services.database.transaction() as session:
        for number in range(25):
            person = people.add_person(
                session, school=world.ada.school_id, email=f"n{number}@a.org", name=f"N {number}", roles=frozenset()
            )
            person.disabled_at = now()
    with counted(services.database.engine) as many:
        page = ada.get("/people/left").text
    assert len(many) == len(few) <= 6
    assert "Page 2" in page


def test_a_former_coachs_news_of_the_pair_goes_with_it_and_nothing_else_does(
    client_for: SignedIn, services: Services, world: World, clip: uuid.UUID
) -> None:
    with services.database.transaction() as session:
        for person, kind, by in (
            (world.priya, NoticeKind.CLIP_SHARED, world.asha),
            (world.priya, NoticeKind.CLIP_SHARED, world.tess),
            (world.priya, NoticeKind.LOG_ASKED_FOR, world.lena),
            (world.asha, NoticeKind.MOMENTS_SHARED, world.priya),
        ):
            tell(session, [person.id], kind, uuid.uuid4(), by=by.id)
    client_for(world.lena).post(f"/pairs/{world.pair.id}/end")
    with services.database.reading() as session:
        left = {
            (notice.kind, notice.by_id)
            for notice in session.scalars(select(Notice).where(Notice.person_id == world.priya.id))
        }
        assert (
            session.scalars(
                select(Notice.kind).where(Notice.person_id == world.asha.id, Notice.by_id == world.priya.id)
            )
            .all()
            .count(NoticeKind.MOMENTS_SHARED)
        )
    assert {(NoticeKind.CLIP_SHARED, world.tess.id), (NoticeKind.LOG_ASKED_FOR, world.lena.id)} <= left
    assert not [kind for kind, by in left if by == world.asha.id]
    priya = client_for(world.priya)
    with services.database.reading() as session:
        ids = session.scalars(
            select(Notice.id).where(Notice.person_id == world.priya.id, Notice.by_id != world.tess.id)
        )
        addresses = [f"/notices/{notice_id}/open" for notice_id in ids]
    assert addresses
    assert {priya.post(address, follow_redirects=True).status_code for address in addresses} == {200}


def test_of_two_who_coach_each_other_the_news_of_the_pair_that_lasts_stays(
    client_for: SignedIn, services: Services, world: World
) -> None:
    with services.database.transaction() as session:
        asha, priya = session.get_one(Person, world.asha.id), session.get_one(Person, world.priya.id)
        people.make_pair(session, coach=asha, coachee=priya, starts_on=now().date(), ends_on=None, by=None)
        tell(session, [priya.id], NoticeKind.MOMENTS_SHARED, uuid.uuid4(), by=asha.id)
    client_for(world.lena).post(f"/pairs/{world.pair.id}/end")
    assert {NoticeKind.MOMENTS_SHARED, NoticeKind.PAIR_ENDED} <= _told(services, world.priya)
