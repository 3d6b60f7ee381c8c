"""Tags on a clip that can be watched already, and where they are once its rendition is there."""

import json
import math
import re
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from tests.support.statements import counted
from tests.support.world import World, make_tag
from tests.tags.tagging import SignIn, address, body, tags_of
from veo_workflow.clips.models import Clip, ClipState, Rendition, RenditionKind
from veo_workflow.clips.progress import tell
from veo_workflow.database import new_id
from veo_workflow.services import Services
from veo_workflow.tags import operations, rules


@pytest.fixture
def watchable(services: Services, clip: Clip) -> Clip:
    """The clip on its preview: its renditions are still to come."""
    with services.database.transaction() as session:
        row = session.get_one(Clip, clip.id)
        row.state = ClipState.PROCESSING
        session.execute(delete(Rendition).where(Rendition.clip_id == clip.id))
        key = f"clips/{clip.id}/1/preview.mp4"
        kind, named = RenditionKind.PREVIEW, 'video/mp4; codecs="avc1.640028, mp4a.40.2"'
        session.add(Rendition(clip_id=clip.id, kind=kind, key=key, content_type=named, size_bytes=500))
    return clip


def studio_data(browser: FlaskClient, clip: Clip) -> dict[str, Any]:
    page = browser.get(f"/clips/{clip.id}").get_data(as_text=True)
    found = re.search(r'id="studio-data">(.*?)</script>', page)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_what_can_be_watched_can_be_marked(
    services: Services, world: World, watchable: Clip, client_for: SignIn
) -> None:
    priya = client_for(world.priya)
    made = priya.put(address(watchable, new_id()), json=body(world, version=0, pressed_ms=61_000))
    assert (made.status_code, made.get_json()["pressed_ms"]) == (201, 59_983)
    assert priya.post(f"/api/clips/{watchable.id}/tags/share").status_code == 200
    with services.database.transaction() as session:
        session.execute(delete(Rendition).where(Rendition.clip_id == watchable.id))
    refused = priya.put(address(watchable, new_id()), json=body(world, version=0))
    assert (refused.status_code, refused.get_json()["error"]) == (409, "not_ready")


def test_the_page_of_a_clip_on_its_way_plays_the_preview_and_says_how_far_it_is(
    services: Services, world: World, watchable: Clip, client_for: SignIn
) -> None:
    tell(services.events, watchable.id, stage="converting", fraction=0.43, seconds_left=130, watchable=True)
    data = studio_data(client_for(world.priya), watchable)
    assert data["clip"]["media"] == {"preview": f"/media/{watchable.id}/preview"}
    assert data["converting"]["type"] == 'video/mp4; codecs="avc1.640028, mp4a.40.2"'
    said = data["converting"]["progress"]
    assert (said["stage"], said["fraction"], said["seconds_left"]) == ("converting", 0.43, 130)


def test_the_page_of_a_ready_clip_knows_of_no_preview(world: World, clip: Clip, client_for: SignIn) -> None:
    data = studio_data(client_for(world.priya), clip)
    assert data["converting"] is None
    assert sorted(data["clip"]["media"]) == ["playback", "poster"]


def test_a_clip_that_is_not_watched_yet_asks_no_more_of_the_database_than_one_that_is_ready(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    def asked() -> int:
        with counted(services.database.engine) as statements:
            assert client_for(world.priya).get(f"/clips/{clip.id}").status_code == 200
        return len(statements)

    ready = asked()
    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).state = ClipState.PROCESSING
        for rendition in session.scalars(select(Rendition).where(Rendition.clip_id == clip.id)):
            rendition.kind = RenditionKind.PREVIEW if rendition.kind is RenditionKind.PLAYBACK else rendition.kind
    assert asked() == ready


def test_tags_stay_on_their_moments_when_the_rendition_ends_a_frame_or_two_early(
    services: Services, world: World, clip: Clip
) -> None:
    with services.database.transaction() as session:
        inside = make_tag(session, clip, world.priya, world.strategy, at_ms=10_017)
        at_the_end = make_tag(session, clip, world.priya, world.strategy, at_ms=59_983)
        at_the_end.end_ms = 59_983
        row = session.get_one(Clip, clip.id)
        row.frames, row.duration_ms = 1798, 59_933
    with services.database.transaction() as session:
        operations.keep_inside(session, session.get_one(Clip, clip.id))
    first, last = tags_of(services, clip)
    assert (first.id, first.pressed_ms, first.start_ms, first.end_ms) == (inside.id, 10_017, 8017, 12_017)
    assert (last.pressed_ms, last.start_ms, last.end_ms) == (59_917, 57_983, 59_917)
    assert {tag.version for tag in (first, last)} == {1}


def test_tags_stay_on_the_frame_they_showed_where_the_rendition_needed_another_rate(
    services: Services, world: World, clip: Clip
) -> None:
    camera = Fraction(30000, 1001)
    frames = range(3, 1700, 37)
    with services.database.transaction() as session:
        for frame in frames:
            tag = make_tag(session, clip, world.priya, world.strategy)
            tag.pressed_ms = tag.start_ms = tag.end_ms = rules.middle_of_frame(frame, camera)
    with services.database.transaction() as session:
        operations.keep_inside(session, session.get_one(Clip, clip.id))
    for tag, frame in zip(tags_of(services, clip), frames, strict=True):
        place = rules.frame_at(tag.pressed_ms, 30)
        assert tag.pressed_ms == rules.middle_of_frame(place, 30)
        # The playback file's frame shows the last one of the camera that begins before the middle of it.
        assert math.ceil((place + Fraction(1, 2)) / 30 * camera) - 1 == frame
