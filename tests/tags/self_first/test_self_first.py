"""A pair that tags self first: until both have finished, nothing of the other's set is known, in any form."""

import json
import threading
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.confirming import confirmed
from tests.support.world import World, make_tag
from tests.tags.tagging import SignIn, address, body, tags_of
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip
from veo_workflow.database import new_id
from veo_workflow.errors import Conflict
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.services import Services
from veo_workflow.tags.self_first import operations

CANARY = "canary-of-priya"


@pytest.fixture
def clip(services: Services, world: World, clip: Clip) -> Clip:
    """Asha's clip, of a pair that tags self first, with a draft of each on it."""
    with services.database.transaction() as session:
        session.get_one(Pair, world.pair.id).self_first = True
        make_tag(session, clip, world.priya, world.strategy, shared=False).note = CANARY
        make_tag(session, clip, world.asha, world.strategy, shared=False, at_ms=30_017).note = "canary-of-asha"
    return clip


def finish(client: FlaskClient, clip: Clip) -> Any:
    return client.put(f"/api/clips/{clip.id}/tags/finished", json={}).get_json()


def notes(answer: Any) -> set[str]:
    return {tag["note"] for tag in answer["tags"]}


def told(services: Services, person: Person) -> list[NoticeKind]:
    with services.database.reading() as session:
        return list(session.scalars(select(Notice.kind).where(Notice.person_id == person.id).order_by(Notice.id)))


def test_both_sets_are_revealed_together_and_only_when_both_have_finished(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    asha, priya = client_for(world.asha), client_for(world.priya)
    first = finish(priya, clip)
    assert notes(first) == {CANARY}
    assert first["turn"] == {"held": True, "finished": True, "other_finished": False}
    waiting = asha.get(f"/api/clips/{clip.id}/tags").get_json()
    assert notes(waiting) == {"canary-of-asha"}
    assert waiting["turn"] == {"held": True, "finished": False, "other_finished": True}
    assert told(services, world.asha)[-1] is NoticeKind.TAGGING_FINISHED

    assert notes(finish(asha, clip)) == {CANARY, "canary-of-asha"}
    assert notes(priya.get(f"/api/clips/{clip.id}/tags").get_json()) == {CANARY, "canary-of-asha"}
    assert len({tag.shared_at for tag in tags_of(services, clip)}) == 1
    assert told(services, world.priya)[-1] is NoticeKind.MOMENTS_REVEALED


def test_nothing_leaks_before_that_in_any_list_export_or_count(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    """What Asha's pages and files say is the same, word for word, whether Priya has marked anything or not."""
    asha = confirmed(client_for(world.asha))
    finish(client_for(world.priya), clip)
    cycle = f"/cycles/{world.cycle.id}"
    addresses = (
        "/", cycle, f"/clips/{clip.id}", f"/api/clips/{clip.id}/tags", f"{cycle}/review", f"{cycle}/takeout.json",
        f"/clips/{clip.id}/trim", f"/api/clips/{clip.id}/trim?first=0&last=100",
    )  # fmt: skip
    with_hers = [asha.get(one) for one in addresses]
    (hers,) = (tag for tag in tags_of(services, clip) if tag.note == CANARY)
    with services.database.transaction() as session:
        session.delete(session.merge(hers))
    without = [asha.get(one) for one in addresses]
    for one, before, after in zip(addresses, with_hers, without, strict=True):
        assert before.status_code == after.status_code == 200, one
        assert CANARY not in before.text, one
        assert without_time(before) == without_time(after), one


def without_time(answer: Any) -> str:
    """A page without what differs between two asks anyway: its form token, and when a file was made."""
    if answer.is_json:
        held = answer.get_json()
        held.pop("taken_out_at", None)
        return json.dumps(held)
    return "\n".join(line for line in answer.text.splitlines() if "csrf" not in line)


def test_a_page_from_before_cannot_share_past_it(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    refused = client_for(world.priya).post(f"/api/clips/{clip.id}/tags/share", json={})
    assert (refused.status_code, refused.get_json()["error"]) == (409, "held")
    assert all(tag.shared_at is None for tag in tags_of(services, clip))


def test_one_may_go_on_until_both_are_revealed(world: World, clip: Clip, client_for: SignIn) -> None:
    asha, priya = client_for(world.asha), client_for(world.priya)
    finish(priya, clip)
    assert priya.delete(f"/api/clips/{clip.id}/tags/finished").get_json()["turn"]["finished"] is False
    finish(asha, clip)
    assert notes(asha.get(f"/api/clips/{clip.id}/tags").get_json()) == {"canary-of-asha"}
    finish(priya, clip)
    refused = priya.delete(f"/api/clips/{clip.id}/tags/finished")
    assert refused.status_code == 409


def test_after_the_reveal_drafts_are_shared_as_ever(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    asha, priya = client_for(world.asha), client_for(world.priya)
    for one in (asha, priya, asha):
        finish(one, clip)
    asha.put(address(clip, new_id()), json=body(world, version=0, note="later"))
    assert "later" not in notes(priya.get(f"/api/clips/{clip.id}/tags").get_json())
    assert asha.post(f"/api/clips/{clip.id}/tags/share", json={}).status_code == 200
    assert "later" in notes(priya.get(f"/api/clips/{clip.id}/tags").get_json())


def test_two_who_finish_at_the_same_moment_reveal_both(services: Services, world: World, clip: Clip) -> None:
    barrier = threading.Barrier(2)

    def one(who: Person) -> None:
        barrier.wait()
        with services.database.transaction() as session:
            person, pair = session.get_one(Person, who.id), session.get_one(Pair, world.pair.id)
            operations.finish(session, session.get_one(Clip, clip.id), pair, by=person)

    threads = [threading.Thread(target=one, args=(who,)) for who in (world.asha, world.priya)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(tag.shared_at is not None for tag in tags_of(services, clip))


def test_turning_it_on_and_off_tells_the_other_and_reveals_nothing(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    asha = client_for(world.asha)
    page = f"/cycles/{world.cycle.id}/self-first"
    assert 'value="on" checked' in asha.get(page).text
    for _ in range(2):
        asha.post(page, data={"self_first": "off"})
    assert 'value="off" checked' in asha.get(page).text
    assert told(services, world.priya).count(NoticeKind.SELF_FIRST_CHANGED) == 1
    assert all(tag.shared_at is None for tag in tags_of(services, clip))
    with services.database.reading() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == world.pair.id)).all()
    assert actions.count("self_first_turned_off") == 1
    assert asha.post(page, data={"self_first": "perhaps"}).status_code == 422
    assert asha.put(f"/api/clips/{clip.id}/tags/finished", json={}).status_code == 409


def test_an_ended_pair_waits_for_nobody(services: Services, world: World, clip: Clip, client_for: SignIn) -> None:
    with services.database.transaction() as session:
        people.end_pair(session, session.get_one(Pair, world.pair.id), by=None)
    answer = client_for(world.asha).get(f"/api/clips/{clip.id}/tags").get_json()
    assert answer["turn"]["held"] is False
    with services.database.transaction() as session:
        pair, asha = session.get_one(Pair, world.pair.id), session.get_one(Person, world.asha.id)
        kept = session.get_one(Clip, clip.id)
        with pytest.raises(Conflict):
            operations.finish(session, kept, pair, by=asha)


def test_a_trim_is_held_to_the_number_it_named_which_is_of_ones_own(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    asha = client_for(world.asha)
    assert asha.get(f"/api/clips/{clip.id}/trim?first=0&last=100").get_json()["moments"] == 1
    form = {"first": 0, "last": 100, "edition": 0, "told": 1}
    assert asha.post(f"/clips/{clip.id}/trim", data=form).status_code == 302
    assert tags_of(services, clip) == []
