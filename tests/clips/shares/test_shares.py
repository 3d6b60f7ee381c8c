"""Who watches by a share, how it ends, and what is written down about it."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.clips.shares.conftest import Give
from tests.support.statements import counted
from tests.support.world import World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import Clip, ClipShare, ClipState
from veo_workflow.clips.shares import operations as shares
from veo_workflow.clips.shares.rules import Wanted
from veo_workflow.clips.watching import SITTING_SECONDS
from veo_workflow.database import now
from veo_workflow.errors import Conflict, NotFound
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from workers.upkeep import one_round

SignedIn = Callable[[Person | None], FlaskClient]
SECOND = {"Range": "bytes=100-199"}


def film(share: uuid.UUID) -> str:
    return f"/media/shared/{share}/film"


def status(browser: FlaskClient, share: uuid.UUID) -> int:
    answer = browser.get(film(share), headers=SECOND)
    answer.close()
    return answer.status_code


def row(services: Services, share: uuid.UUID) -> ClipShare:
    with services.database.reading() as session:
        return session.get_one(ClipShare, share)


def written(services: Services, *actions: str) -> list[tuple[uuid.UUID | None, str]]:
    with services.database.reading() as session:
        rows = session.execute(
            select(AuditEntry.person_id, AuditEntry.action)
            .where(AuditEntry.action.in_(actions))
            .order_by(AuditEntry.at, AuditEntry.id)
        )
        return [(person, action) for person, action in rows]


def test_the_named_colleague_watches_and_nobody_else_does(
    world: World, client_for: SignedIn, give: Give, clip: Clip
) -> None:
    share = give("sam")
    for name, person in world.everybody.items():
        expected = 206 if name in {"asha", "sam"} else 404
        assert status(client_for(person), share) == expected, name
    assert client_for(None).get(film(share)).status_code == 401
    assert client_for(world.sam).get(f"/media/{clip.id}/playback").status_code == 404


def test_a_lead_sees_what_is_shared_with_her_by_name_and_nothing_else(
    world: World, client_for: SignedIn, give: Give, clip: Clip
) -> None:
    share = give("lena")
    lena = client_for(world.lena)
    assert status(lena, share) == 206
    assert [lena.get(f"/{path}").status_code for path in (f"clips/{clip.id}", f"media/{clip.id}/poster")] == [404, 404]


def test_an_exemplar_is_watched_by_everybody_at_the_school(world: World, client_for: SignedIn, give: Give) -> None:
    share = give(None)
    for name, person in world.everybody.items():
        assert status(client_for(person), share) == (404 if name == "olu" else 206), name


def test_what_was_said_about_it_goes_when_it_is_taken_back(
    services: Services, world: World, client_for: SignedIn, give: Give, clip: Clip
) -> None:
    share, sam = give("sam", shows="Look at the door", note="My own note"), client_for(world.sam)
    assert status(sam, share) == 206
    for _ in range(2):
        answer = client_for(world.asha).post(f"/clips/{clip.id}/shares/{share}/revoke")
        assert answer.status_code == 302
    assert (status(sam, share), sam.get(f"/shared/{share}").status_code) == (404, 404)
    assert (row(services, share).shows, row(services, share).note) == ("", "")
    assert written(services, "clip_shared", "clip_share_revoked") == [
        (world.asha.id, "clip_shared"),
        (world.asha.id, "clip_share_revoked"),
    ]


def test_the_last_day_is_the_whole_of_it_and_never_after_the_clip(
    services: Services, world: World, client_for: SignedIn, give: Give, clip: Clip
) -> None:
    today = now().date()
    share, longer = give("sam", today), give("tess", clip.delete_by + timedelta(days=50))
    assert row(services, longer).until == clip.delete_by
    assert status(client_for(world.sam), share) == 206
    with services.database.transaction() as session:
        session.get_one(ClipShare, share).until = today - timedelta(days=1)
    assert status(client_for(world.sam), share) == 404, "before upkeep has been round"
    assert one_round(services)["shares_ended"] == 1
    assert row(services, share).revoked_at is not None
    assert row(services, longer).revoked_at is None
    assert written(services, "clip_share_ended") == [(None, "clip_share_ended")]


@pytest.mark.parametrize("who", ["asha", "sam"])
def test_a_share_ends_when_its_owner_or_its_holder_leaves(
    services: Services, world: World, client_for: SignedIn, give: Give, who: str
) -> None:
    named, exemplar, tess = give("sam"), give(None), client_for(world.tess)
    with services.database.transaction() as session:
        session.get_one(Person, getattr(world, who).id).disabled_at = now()
    assert status(tess, exemplar) == (404 if who == "asha" else 206)
    one_round(services)
    assert row(services, named).revoked_at is not None
    assert (row(services, exemplar).revoked_at is not None) == (who == "asha")


def test_a_share_ends_with_its_clip(services: Services, world: World, client_for: SignedIn, give: Give) -> None:
    share, exemplar = give("sam"), give(None)
    with services.database.transaction() as session:
        clips.withdraw(session, session.get_one(Clip, row(services, share).clip_id), by=world.asha)
    sam = client_for(world.sam)
    assert (status(sam, share), status(sam, exemplar)) == (404, 404)
    one_round(services)
    with services.database.reading() as session:
        assert session.scalars(select(ClipShare)).all() == []


def test_shared_once_more_it_is_one_share_with_the_new_day(services: Services, give: Give) -> None:
    first, moment = give("sam"), give("sam", frames=(0, 60))
    second = give("sam", now().date())
    assert [row(services, share).revoked_at is None for share in (first, moment, second)] == [False, True, True]


def test_nobody_at_another_school_or_who_has_left_can_be_named(services: Services, world: World, give: Give) -> None:
    with pytest.raises(NotFound):
        give("olu")
    with services.database.transaction() as session:
        session.get_one(Person, world.tess.id).disabled_at = now()
    with pytest.raises(NotFound):
        give("tess")


def test_what_does_not_play_cannot_be_shared(services: Services, world: World, clip: Clip) -> None:
    with services.database.transaction() as session:
        present = session.get_one(Clip, clip.id)
        present.state = ClipState.PROCESSING
        with pytest.raises(Conflict):
            shares.give(session, present, Wanted(world.sam.id, now().date()), by=world.asha)


def test_the_colleague_is_told_once_and_home_names_it_until_it_has_been_played(
    services: Services, world: World, client_for: SignedIn, give: Give
) -> None:
    share, sam = give("sam"), client_for(world.sam)
    with services.database.reading() as session:
        asked = select(Notice.person_id, Notice.subject_id).where(Notice.kind == NoticeKind.CLIP_SHARED_WITH)
        told = session.execute(asked).all()
    assert [tuple(one) for one in told] == [(world.sam.id, share)]
    assert "Asha lets you watch" in sam.get("/").get_data(as_text=True)
    sam.get(f"/shared/{share}")
    assert row(services, share).watched_at is None, "an open page is not yet a played film"
    status(sam, share)
    assert "Asha lets you watch" not in sam.get("/").get_data(as_text=True)
    assert f"/shared/{share}" in sam.get("/").get_data(as_text=True)


# --- who watched


def test_each_sitting_is_written_down_before_its_first_byte_wherever_it_begins(
    services: Services, world: World, client_for: SignedIn, give: Give, clip: Clip
) -> None:
    share, exemplar, sam = give("sam"), give(None), client_for(world.sam)
    for _ in range(3):
        status(sam, share)
    status(sam, exemplar)
    client_for(world.asha).get(f"/media/{clip.id}/playback", headers=SECOND).close()
    actions = ("clip_watched", "share_watched", "exemplar_watched")
    assert written(services, *actions) == [
        (world.sam.id, "share_watched"),
        (world.sam.id, "exemplar_watched"),
        (world.asha.id, "clip_watched"),
    ]
    sitting = f"veo:watching:{world.sam.id}:{share}"
    assert 0 < services.redis.ttl(sitting) <= SITTING_SECONDS
    services.redis.delete(sitting)
    status(sam, share)
    assert written(services, *actions).count((world.sam.id, "share_watched")) == 2


def test_a_refusal_or_a_poster_is_no_playback(
    services: Services, world: World, client_for: SignedIn, give: Give
) -> None:
    share = give("sam")
    assert status(client_for(world.tess), share) == 404
    client_for(world.sam).get(f"/media/shared/{share}/poster").close()
    assert written(services, "share_watched") == []


# --- lists


def test_the_list_holds_what_lasts_in_one_page_after_the_other_and_a_fixed_number_of_statements(
    services: Services, world: World, client_for: SignedIn, give: Give
) -> None:
    sam = client_for(world.sam)
    give("sam", shows="The first of them")
    sam.get("/shared")
    with counted(services.database.engine) as few:
        sam.get("/shared")
    for number in range(1, 25):
        give("sam", shows=f"Share {number}", frames=(number, number + 60))
    with counted(services.database.engine) as many:
        page = sam.get("/shared").get_data(as_text=True)
    assert len(many) == len(few)
    assert ("Share 24" in page, "The first of them" in page) == (True, False)
    assert "The first of them" in sam.get("/shared?page=2").get_data(as_text=True)
    assert "The first of them" not in client_for(world.tess).get("/shared").get_data(as_text=True)
