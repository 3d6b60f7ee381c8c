"""The coachee's page about one clip: who can see it and why, who watched, and letting others."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.statements import counted
from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips.models import Clip, ClipShare, ClipState
from veo_workflow.clips.watching import note_playback
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.people import operations as people
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.tags.models import Tag

SignedIn = Callable[[Person | None], FlaskClient]
UNTIL = (now().date() + timedelta(days=3)).isoformat()


@pytest.fixture
def clip(services: Services, world: World) -> Clip:
    with services.database.transaction() as session:
        return make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)


@pytest.fixture
def moments(services: Services, world: World, clip: Clip) -> dict[str, Tag]:
    """One of Asha's and one of Priya's, each with a note."""
    with services.database.transaction() as session:
        made = {
            "asha": make_tag(session, clip, world.asha, world.strategy),
            "priya": make_tag(session, clip, world.priya, world.strategy, at_ms=30_017),
        }
        for name, tag in made.items():
            tag.note = f"a note of {name}"
    return made


def words(browser: FlaskClient, clip: Clip, more: str = "") -> str:
    return browser.get(f"/clips/{clip.id}/sharing{more}").get_data(as_text=True)


def shares(services: Services) -> list[ClipShare]:
    with services.database.reading() as session:
        return list(session.scalars(select(ClipShare).order_by(ClipShare.shared_at)))


def test_it_names_everybody_who_can_see_the_clip_and_why(
    services: Services, world: World, clip: Clip, client_for: SignedIn
) -> None:
    asha = client_for(world.asha)
    for to, shows in ((str(world.sam.id), ""), ("library", "Names at the door")):
        form = {"to": to, "until": UNTIL, "shows": shows}
        assert asha.post(f"/clips/{clip.id}/shares", data=form).status_code == 302
    page = words(asha, clip)
    assert "Everybody at your school can see this" in page
    for said in ("Priya Nair", "Your coach, since", "Sam Hill", "the whole clip", "8 people, in the exemplar library"):
        assert said in page, said
    asha.post(f"/clips/{clip.id}/unshare")
    for share in shares(services):
        asha.post(f"/clips/{clip.id}/shares/{share.id}/revoke")
    page = words(asha, clip)
    assert "Only you can see this" in page
    assert "You have not shared the clip with Priya" in page


def test_a_moment_shows_the_owners_note_only_if_asked_and_never_the_coachs(
    services: Services, world: World, clip: Clip, moments: dict[str, Tag], client_for: SignedIn
) -> None:
    asha = client_for(world.asha)
    for moment, more in (("asha", {}), ("asha", {"with_note": "1"}), ("priya", {"with_note": "1"})):
        form = {"to": str(world.sam.id), "until": UNTIL, "moment": str(moments[moment].id), **more}
        assert asha.post(f"/clips/{clip.id}/shares", data=form).status_code == 302
    found = shares(services)
    assert [share.note for share in found] == ["", "a note of asha", ""]
    assert [share.frames for share in found] == [(240, 360), (240, 360), (840, 960)]
    assert found[0].revoked_at is not None, "the second took its place"
    page = client_for(world.sam).get(f"/shared/{found[1].id}").get_data(as_text=True)
    assert "a note of asha" in page
    with services.database.transaction() as session:
        session.get_one(Tag, moments["asha"].id).note = "changed since"
    assert "changed since" not in client_for(world.sam).get(f"/shared/{found[1].id}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"to": ""}, "Choose the colleague who may watch."),
        ({"until": "soon"}, "Choose the last day on which it may be watched."),
        ({"until": "2020-01-01"}, "That day is over."),
        ({"moment": str(uuid.uuid4())}, "Something that was chosen is no longer there."),
        ({"to": "library", "shows": ""}, "Say in a few words what it shows"),
        ({"to": "library", "speaks": "x/y"}, "Something that was chosen is no longer there."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    services: Services, world: World, clip: Clip, client_for: SignedIn, change: dict[str, str], sentence: str
) -> None:
    typed = {"to": str(world.sam.id), "until": UNTIL, "shows": "My own words", "find": "sam"}
    answer = client_for(world.asha).post(f"/clips/{clip.id}/shares", data=typed | change)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, sentence in page) == (422, True)
    assert "My own words" in page or "shows" in change
    assert shares(services) == []


def test_colleagues_are_found_by_name_at_ones_own_school_alone(
    services: Services, world: World, clip: Clip, client_for: SignedIn
) -> None:
    with services.database.transaction() as session:
        for number in range(15):
            people.add_person(
                session,
                school=world.asha.school_id,
                email=f"new{number}@example.org",
                name=f"New {number:02} Person",
                roles=frozenset(),
            )
        session.get_one(Person, world.tess.id).disabled_at = now()
    asha = client_for(world.asha)
    assert "There are more. Find yours by name." in words(asha, clip)
    assert "Sam Hill" in words(asha, clip, "?find=hill")
    assert "Nobody at your school has “%” in their name" in words(asha, clip, "?find=%25")
    for gone in ("Olu", "Tess"):
        assert f"Nobody at your school has “{gone}” in their name" in words(asha, clip, f"?find={gone}")


def test_it_lists_who_watched_by_what_right_and_when_but_not_its_owner(
    services: Services, world: World, clip: Clip, client_for: SignedIn
) -> None:
    asha = client_for(world.asha)
    assert "Nobody but you has watched it." in words(asha, clip)
    asha.post(f"/clips/{clip.id}/shares", data={"to": str(world.sam.id), "until": UNTIL})
    asha.post(f"/clips/{clip.id}/shares", data={"to": "library", "until": UNTIL, "shows": "Names"})
    named, exemplar = shares(services)
    for person, share in ((world.asha, None), (world.priya, None), (world.sam, named), (world.tess, exemplar)):
        note_playback(services, person, clip, share)
    watched = words(asha, clip).split('id="watched-heading"')[1]
    assert [name in watched for name in ("Priya", "Sam", "Tess", "Asha Khan")] == [True, True, True, False]
    for right in ("In your cycle", "By your share", "In the exemplar library"):
        assert right in watched


def test_the_page_asks_a_fixed_number_of_questions_and_pages_who_watched(
    services: Services, world: World, clip: Clip, client_for: SignedIn
) -> None:
    asha = client_for(world.asha)
    asha.post(f"/clips/{clip.id}/shares", data={"to": str(world.sam.id), "until": UNTIL})
    note_playback(services, world.priya, clip)
    words(asha, clip)
    with counted(services.database.engine) as few:
        words(asha, clip)
    [share] = shares(services)
    for _ in range(25):
        services.redis.flushall()
        note_playback(services, world.sam, clip, share)
    for name in ("tess", "lena", "sid"):
        asha.post(f"/clips/{clip.id}/shares", data={"to": str(getattr(world, name).id), "until": UNTIL})
    with counted(services.database.engine) as many:
        first = words(asha, clip)
    assert len(many) == len(few) <= 17
    assert ("Page 2" in first, "In your cycle" in first) == (True, False)
    assert "In your cycle" in words(asha, clip, "?watched=2")


def test_a_clip_that_does_not_play_offers_no_sharing(
    services: Services, world: World, clip: Clip, client_for: SignedIn
) -> None:
    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).state = ClipState.PROCESSING
    asha = client_for(world.asha)
    assert "once it is ready to play" in words(asha, clip)
    form: dict[str, Any] = {"to": str(world.sam.id), "until": UNTIL}
    assert asha.post(f"/clips/{clip.id}/shares", data=form).status_code == 409
