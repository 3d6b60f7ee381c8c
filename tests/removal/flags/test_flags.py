"""Either of the pair can flag a clip that shows a pupil who must not be shown; then nobody watches it."""

import uuid
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.removal.conftest import TITLE
from tests.support.world import World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip, ClipShare
from veo_workflow.clips.takeout import files_of_person
from veo_workflow.people.models import Person
from veo_workflow.services import Services

pytestmark = pytest.mark.parametrize("database", ["sqlite"])
SignedIn = Callable[[Person | None], FlaskClient]


def test_what_the_coach_flags_nobody_watches_and_the_coachee_is_told_what_to_do(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID
) -> None:
    asha, priya, sam = (client_for(person) for person in (world.asha, world.priya, world.sam))
    flag, film = f"/clips/{clip_id}/flag", f"/media/{clip_id}/playback"
    assert priya.get(film, headers={"Range": "bytes=0-99"}).status_code == 206
    assert "Nothing is deleted by this" in priya.get(flag).get_data(as_text=True)
    assert priya.post(flag).status_code == 302
    assert priya.post(flag).status_code == 302, "twice is once"
    assert priya.get(film, headers={"Range": "bytes=100-199"}).status_code == 404
    assert "You are told once there is something to watch" in priya.get(flag).get_data(as_text=True)
    assert TITLE not in sam.get("/shared").get_data(as_text=True)
    assert "Priya Nair flagged a clip" in asha.get("/notices").get_data(as_text=True)
    assert asha.get(f"/clips/{clip_id}").headers["Location"] == flag
    page = asha.get(flag).get_data(as_text=True)
    assert "Trim that part away" in page
    assert "Delete the clip" in page
    assert "take the flag off" not in page
    assert asha.post(f"{flag}/off").status_code == 403
    cycle = asha.get(f"/cycles/{world.cycle.id}").get_data(as_text=True)
    assert "must not be shown" in cycle
    assert f"/media/{clip_id}/poster" not in cycle
    assert "Four names in a row" not in asha.get(f"/cycles/{world.cycle.id}/review").get_data(as_text=True)
    with services.database.reading() as session:
        assert files_of_person(session, session.get_one(Person, world.asha.id)) == []
        asked = select(AuditEntry.action).where(AuditEntry.subject_id == clip_id)
        assert list(session.scalars(asked)).count("clip_flagged") == 1


def test_its_owner_trims_it_and_what_is_left_can_be_watched_again(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID
) -> None:
    client_for(world.priya).post(f"/clips/{clip_id}/flag")
    asha = client_for(world.asha)
    assert asha.get(f"/clips/{clip_id}/trim").status_code == 200
    assert asha.get(f"/media/{clip_id}/playback").status_code == 200, "to find the part that goes"
    wanted = {"first": "0", "last": "899", "edition": "0", "told": "9"}
    assert asha.post(f"/clips/{clip_id}/trim", data=wanted).status_code == 302
    with services.database.reading() as session:
        clip = session.get_one(Clip, clip_id)
        assert (clip.flagged_at, clip.is_open_to_coach) == (None, True)
        assert session.scalars(select(ClipShare.revoked_at)).one() is not None, "Sam has to be given it again"


def test_a_flag_that_was_a_mistake_is_taken_off_by_who_put_it_there(
    client_for: SignedIn, world: World, clip_id: uuid.UUID
) -> None:
    priya, flag = client_for(world.priya), f"/clips/{clip_id}/flag"
    priya.post(flag)
    assert "It was a mistake" in priya.get(flag).get_data(as_text=True)
    assert priya.post(f"{flag}/off").status_code == 302
    assert priya.get(f"/media/{clip_id}/playback").status_code == 200
    assert "took a flag off" in client_for(world.asha).get("/notices").get_data(as_text=True)


def test_a_clip_that_is_its_owners_alone_is_flagged_without_anybody_hearing_of_it(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID
) -> None:
    asha, priya = client_for(world.asha), client_for(world.priya)
    asha.post(f"/clips/{clip_id}/unshare")
    asha.post(f"/clips/{clip_id}/flag")
    assert priya.get(f"/clips/{clip_id}/flag").status_code == 404
    assert "flagged" not in priya.get("/notices").get_data(as_text=True)
