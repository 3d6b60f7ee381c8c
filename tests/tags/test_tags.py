"""Tags over HTTP and on rows: one press is one tag however often it is sent, and drafts are their author's own."""

import threading

import pytest
from sqlalchemy import select

from tests.support.world import World, make_clip, make_tag
from tests.tags.tagging import SignIn, address, body, tags_of
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip, ClipShare, ClipState
from veo_workflow.database import new_id, now
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.services import Services
from veo_workflow.tags import operations, queries, rules
from veo_workflow.tags.models import TagKind


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
        share = ClipShare(clip_id=clip.id, person_id=world.sam.id, until=clip.delete_by)
        session.add(share)
    sam = client_for(world.sam)
    page = sam.get(f"/shared/{share.id}").get_data(as_text=True)
    assert clip.title in page
    assert "canary-note" not in page
    assert "Stand where you can see both" not in page
    assert sam.get(f"/clips/{clip.id}").status_code == 404
    assert sam.get(f"/api/clips/{clip.id}/tags").status_code == 404
    assert sam.put(address(clip, new_id()), json=body(world)).status_code == 404


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
