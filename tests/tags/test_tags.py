"""Tags over HTTP and on rows: one press is one tag however often it is sent, and drafts are their author's own."""

import json
import math
import re
import threading
import uuid
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from tests.support.statements import counted
from tests.support.world import World, make_clip, make_tag
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip, ClipShare, ClipState, Rendition, RenditionKind
from veo_workflow.clips.progress import tell
from veo_workflow.clips.rules import GONE
from veo_workflow.cycles import operations as cycles
from veo_workflow.database import new_id, now
from veo_workflow.errors import Conflict, InvalidInput, NotAllowed, NotFound
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.playbook.models import Strategy, StrategyVersion
from veo_workflow.playbook.queries import current_versions
from veo_workflow.services import Services
from veo_workflow.tags import operations, queries, rules
from veo_workflow.tags.models import Tag, TagKind

SignIn = Callable[[Person | None], FlaskClient]


@pytest.fixture
def clip(services: Services, world: World) -> Clip:
    with services.database.transaction() as session:
        return make_clip(session, world.cycle, world.asha)


def body(world: World, **other: Any) -> dict[str, Any]:
    step = str(world.strategy.steps[0].id)
    return {"pressed_ms": 10_017, "start_ms": 4017, "end_ms": 14_017, "step": step, "kind": "note"} | other


def address(clip: Clip, tag_id: object) -> str:
    return f"/api/clips/{clip.id}/tags/{tag_id}"


def tags_of(services: Services, clip: Clip) -> list[Tag]:
    with services.database.reading() as session:
        return list(session.scalars(select(Tag).where(Tag.clip_id == clip.id).order_by(Tag.start_ms)))


def seen_by(services: Services, person: Person, clip: Clip) -> list[str]:
    with services.database.reading() as session:
        return [moment.tag.note for moment in queries.moments_of_clip(session, person, clip.id)]


# --- making, changing, deleting


def test_a_press_sent_three_times_is_one_tag(services: Services, world: World, clip: Clip, client_for: SignIn) -> None:
    priya, tag_id = client_for(world.priya), new_id()
    answers = [priya.put(address(clip, tag_id), json=body(world, version=0)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert {answer.get_json()["version"] for answer in answers} == {1}
    assert [tag.id for tag in tags_of(services, clip)] == [tag_id]


def test_the_server_has_the_last_word_on_times(world: World, clip: Clip, client_for: SignIn) -> None:
    answer = client_for(world.priya).put(
        address(clip, new_id()), json=body(world, pressed_ms=61_000, start_ms=-40, end_ms=90_000)
    )
    stored = answer.get_json()
    assert (stored["start_ms"], stored["pressed_ms"], stored["end_ms"]) == (17, 59_983, 59_983)


def test_the_author_changes_a_tag_and_its_version_counts(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    priya, tag_id = client_for(world.priya), new_id()
    priya.put(address(clip, tag_id), json=body(world, version=0))
    second = world.strategy.steps[1]
    changed = priya.put(
        address(clip, tag_id),
        json=body(world, version=1, note="Quieter now.", kind="strength", step=str(second.id), end_ms=15_017),
    ).get_json()
    assert changed["version"] == 2
    (tag,) = tags_of(services, clip)
    assert (tag.note, tag.kind, tag.step_id, tag.end_ms) == ("Quieter now.", TagKind.STRENGTH, second.id, 15_017)


def test_a_change_against_an_older_version_is_a_conflict_with_both_texts(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    priya, tag_id = client_for(world.priya), new_id()
    priya.put(address(clip, tag_id), json=body(world, version=0))
    priya.put(address(clip, tag_id), json=body(world, version=1, note="From the laptop."))
    refused = priya.put(address(clip, tag_id), json=body(world, version=1, note="From the iPad."))
    answer = refused.get_json()
    assert (refused.status_code, answer["error"]) == (409, "changed_since")
    assert answer["mine"]["note"] == "From the iPad."
    assert answer["theirs"] == {"note": "From the laptop.", "version": 2}
    assert tags_of(services, clip)[0].note == "From the laptop."


def test_a_change_whose_reply_was_lost_is_not_a_conflict_with_itself(
    world: World, clip: Clip, client_for: SignIn
) -> None:
    priya, tag_id = client_for(world.priya), new_id()
    priya.put(address(clip, tag_id), json=body(world, version=0))
    again = [priya.put(address(clip, tag_id), json=body(world, version=1, note="Once.")) for _ in range(2)]
    assert [(answer.status_code, answer.get_json()["version"]) for answer in again] == [(200, 2), (200, 2)]


def test_deleting_twice_is_deleting(services: Services, world: World, clip: Clip, client_for: SignIn) -> None:
    priya, tag_id = client_for(world.priya), new_id()
    priya.put(address(clip, tag_id), json=body(world, version=0))
    assert [priya.delete(address(clip, tag_id)).status_code for _ in range(2)] == [204, 204]
    assert tags_of(services, clip) == []


def test_two_requests_for_one_tag_at_the_same_moment_make_one(services: Services, world: World, clip: Clip) -> None:
    tag_id, gate, made = new_id(), threading.Barrier(2), []
    wanted = rules.read_tag(body(world, version=0))

    def send() -> None:
        gate.wait()
        with services.database.transaction() as session:
            mine = session.get_one(Person, world.priya.id)
            made.append(operations.put_tag(session, session.get_one(Clip, clip.id), tag_id, wanted, by=mine)[1])

    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(made) == [False, True]
    assert len(tags_of(services, clip)) == 1


def test_both_of_the_pair_tagging_at_once_keep_everything(services: Services, world: World, clip: Clip) -> None:
    gate = threading.Barrier(2)

    def press(author: Person) -> None:
        gate.wait()
        for second in range(10):
            wanted = rules.read_tag(body(world, pressed_ms=second * 1000, start_ms=second * 1000))
            with services.database.transaction() as session:
                mine, on = session.get_one(Person, author.id), session.get_one(Clip, clip.id)
                operations.put_tag(session, on, new_id(), wanted, by=mine)

    pressing = [threading.Thread(target=press, args=(author,)) for author in (world.asha, world.priya)]
    for thread in pressing:
        thread.start()
    for thread in pressing:
        thread.join()
    assert len(tags_of(services, clip)) == 20


# --- after a trim a time is another time


@pytest.mark.parametrize(
    ("edition", "sent", "status"), [(0, None, 201), (0, 0, 201), (2, 2, 201), (2, 1, 409), (2, None, 409), (0, 1, 409)]
)
def test_a_tag_is_taken_on_the_edition_it_was_made_on_alone(
    services: Services,
    world: World,
    clip: Clip,
    client_for: SignIn,
    edition: int,
    sent: int | None,
    status: int,
) -> None:
    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).edition = edition
    named = {} if sent is None else {"edition": sent}
    answer = client_for(world.priya).put(address(clip, new_id()), json=body(world, **named))
    assert answer.status_code == status
    if status == 409:
        assert answer.get_json()["error"] == "trimmed_since"
        assert not answer.get_json()["retryable"]
    assert len(tags_of(services, clip)) == (status == 201)


def test_while_a_clip_is_being_trimmed_that_is_the_reason_that_is_given(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        row = session.get_one(Clip, clip.id)
        row.edition, row.state = 1, ClipState.QUEUED
    priya = client_for(world.priya)
    assert priya.put(address(clip, new_id()), json=body(world)).get_json()["error"] == "trimmed_since"
    assert priya.put(address(clip, new_id()), json=body(world, edition=1)).get_json()["error"] == "not_ready"


# --- whose they are


def test_nobody_changes_or_deletes_what_somebody_else_has_shared(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        tag = make_tag(session, clip, world.priya, world.strategy)
    asha = client_for(world.asha)
    assert asha.put(address(clip, tag.id), json=body(world, version=1, note="Mine")).status_code == 403
    assert asha.delete(address(clip, tag.id)).status_code == 403
    assert [tag.note for tag in tags_of(services, clip)] == ["Four names in a row."]


def test_somebody_elses_draft_is_as_if_it_were_not_there(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        tag = make_tag(session, clip, world.priya, world.strategy, shared=False)
    asha = client_for(world.asha)
    assert asha.put(address(clip, tag.id), json=body(world)).status_code == 404
    assert asha.delete(address(clip, tag.id)).status_code == 404
    assert len(tags_of(services, clip)) == 1


def test_the_id_of_a_tag_on_another_clip_is_refused(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        elsewhere = make_tag(session, make_clip(session, world.cycle, world.asha), world.priya, world.strategy)
    refused = client_for(world.priya).put(address(clip, elsewhere.id), json=body(world, version=1))
    assert (refused.status_code, refused.get_json()["error"]) == (409, "other_clip")
    assert tags_of(services, clip) == []


def test_one_sees_ones_own_and_what_the_other_shared(services: Services, world: World, clip: Clip) -> None:
    with services.database.transaction() as session:
        for author, note, shared in (
            (world.priya, "coach draft", False),
            (world.priya, "coach shared", True),
            (world.asha, "coachee draft", False),
            (world.asha, "coachee shared", True),
        ):
            make_tag(session, clip, author, world.strategy, shared=shared).note = note
    assert set(seen_by(services, world.asha, clip)) == {"coach shared", "coachee draft", "coachee shared"}
    assert set(seen_by(services, world.priya, clip)) == {"coach draft", "coach shared", "coachee shared"}
    for outsider in (world.theo, world.tess, world.sam, world.lena, world.sid, world.ada, world.olu):
        assert seen_by(services, outsider, clip) == [], outsider.name


def test_whoever_holds_a_share_watches_the_clip_without_its_tags(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        make_tag(session, clip, world.priya, world.strategy).note = "canary-note"
        session.add(ClipShare(clip_id=clip.id, person_id=world.sam.id, until=clip.delete_by))
    sam = client_for(world.sam)
    page = sam.get(f"/clips/{clip.id}").get_data(as_text=True)
    assert clip.title in page
    assert "canary-note" not in page
    assert "Stand where you can see both" not in page
    assert sam.get(f"/api/clips/{clip.id}/tags").get_json() == {"tags": []}
    assert sam.put(address(clip, new_id()), json=body(world)).status_code == 403


def test_a_coach_loses_the_moments_with_the_clip_and_with_the_pair(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        make_tag(session, clip, world.asha, world.strategy)
    assert len(seen_by(services, world.priya, clip)) == 1
    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).shared_with_coach_at = None
    assert seen_by(services, world.priya, clip) == []
    assert client_for(world.priya).put(address(clip, new_id()), json=body(world)).status_code == 404
    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).shared_with_coach_at = now()
        people.end_pair(session, session.get_one(Pair, world.pair.id), by=None)
    assert seen_by(services, world.priya, clip) == []
    assert len(seen_by(services, world.asha, clip)) == 1


# --- sharing


def test_sharing_shows_ones_own_drafts_to_the_other_and_is_recorded(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        make_tag(session, clip, world.priya, world.strategy, shared=False)
        make_tag(session, clip, world.asha, world.strategy, shared=False, at_ms=30_017)
    priya = client_for(world.priya)
    answers = [priya.post(f"/api/clips/{clip.id}/tags/share", json={}).get_json() for _ in range(2)]
    assert [[tag["shared"] for tag in answer["tags"]] for answer in answers] == [[True], [True]]
    assert len(seen_by(services, world.asha, clip)) == 2
    assert len(seen_by(services, world.priya, clip)) == 1, "Asha's own draft stays hers"
    with services.database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "tags_shared")).all()
    assert [(entry.person_id, entry.subject_id) for entry in entries] == [(world.priya.id, clip.id)]


# --- what may be tagged, and with what


@pytest.mark.parametrize("state", [state for state in ClipState if state is not ClipState.READY])
def test_a_clip_that_does_not_play_is_not_tagged(
    services: Services, world: World, clip: Clip, client_for: SignIn, state: ClipState
) -> None:
    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).state = state
    asha = client_for(world.asha)
    refused = asha.put(address(clip, new_id()), json=body(world))
    assert refused.status_code == (404 if state in GONE else 409)
    assert refused.get_json()["message"].endswith(".")
    assert asha.post(f"/api/clips/{clip.id}/tags/share", json={}).status_code == refused.status_code
    assert tags_of(services, clip) == []


def test_a_step_of_a_strategy_that_is_not_in_use_is_refused(services: Services, world: World, clip: Clip) -> None:
    with services.database.transaction() as session:
        other = next(
            version
            for version in current_versions(session, world.asha.school_id, limit=50)
            if version.id != world.strategy.id
        )
        with pytest.raises(InvalidInput, match="not one of this cycle"):
            put(session, world, clip, new_id(), step=str(other.steps[0].id))


def put(session: Any, world: World, clip: Clip, tag_id: uuid.UUID, **other: Any) -> Tag:
    wanted = rules.read_tag(body(world, **other))
    mine, on = session.get_one(Person, world.priya.id), session.get_one(Clip, clip.id)
    return operations.put_tag(session, on, tag_id, wanted, by=mine)[0]


def test_a_strategy_no_longer_in_use_goes_on_where_it_was_used_before(
    services: Services, world: World, clip: Clip
) -> None:
    with services.database.transaction() as session:
        put(session, world, clip, new_id())
        newer = next(v for v in current_versions(session, world.asha.school_id, limit=50) if v.id != world.strategy.id)
        cycles.choose_strategies(session, world.cycle, [newer.strategy_id], by=world.asha)
        session.flush()
        put(session, world, clip, new_id(), step=str(world.strategy.steps[2].id))
        fresh = make_clip(session, world.cycle, world.asha)
        with pytest.raises(InvalidInput):
            put(session, world, fresh, new_id())


def test_a_moment_needs_no_step(services: Services, world: World, clip: Clip) -> None:
    with services.database.transaction() as session:
        assert put(session, world, clip, new_id(), step=None).step_id is None


def test_refusals_say_which(services: Services, world: World, clip: Clip) -> None:
    with services.database.transaction() as session:
        theirs = make_tag(session, clip, world.asha, world.strategy)
        draft = make_tag(session, clip, world.asha, world.strategy, shared=False)
        with pytest.raises(NotAllowed):
            put(session, world, clip, theirs.id)
        with pytest.raises(NotFound):
            put(session, world, clip, draft.id)
        mine = put(session, world, clip, new_id())
        with pytest.raises(Conflict):
            put(session, world, clip, mine.id, note="Late", version=0)


# --- numbers


def test_steps_are_numbered_through_and_older_ones_follow(services: Services, world: World, clip: Clip) -> None:
    with services.database.transaction() as session:
        older = StrategyVersion(strategy_id=_strategy_of(session, world), version=99, title="Older", purpose="")
        older.steps = [type(world.strategy.steps[0])(number=1, name="Old", title="The old one")]
        session.add(older)
        session.flush()
        make_tag(session, clip, world.asha, older)
        moments = queries.moments_of_clip(session, world.asha, clip.id)
        numbered = queries.number_steps([world.strategy], moments)
    steps = len(world.strategy.steps)
    assert [one.number for one in numbered] == list(range(1, steps + 2))
    assert [one.in_use for one in numbered] == [True] * steps + [False]
    assert numbered[-1].step.name == "Old"


def _strategy_of(session: Any, world: World) -> uuid.UUID:
    fresh = Strategy(school_id=world.asha.school_id)
    session.add(fresh)
    session.flush()
    return fresh.id


@pytest.mark.parametrize("page", ["/clips/{}", "/api/clips/{}/tags"])
def test_the_page_asks_as_much_of_the_database_for_500_tags_as_for_5(
    services: Services, world: World, clip: Clip, client_for: SignIn, page: str
) -> None:
    priya, asked = client_for(world.priya), []
    for more in (5, 495):
        with services.database.transaction() as session:
            for place in range(more):
                author = world.priya if place % 2 else world.asha
                make_tag(session, clip, author, world.strategy, at_ms=3017 + 100 * place)
        with counted(services.database.engine) as statements:
            answer = priya.get(page.format(clip.id))
        assert answer.status_code == 200
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 11


# --- while the clip is converted


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
