"""Under a shared moment the pair reply to each other; under a draft nobody does."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.world import World, make_tag
from tests.tags.tagging import SignIn, address
from veo_workflow.clips.models import Clip
from veo_workflow.database import new_id
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people.models import Pair, Person
from veo_workflow.removal.operations import erase
from veo_workflow.services import Services
from veo_workflow.tags.models import Reply, Tag
from veo_workflow.tags.operations import keep_span
from veo_workflow.tags.replies.operations import put_reply

WORDS = "From the window one sees both."


@pytest.fixture
def shared(services: Services, world: World, clip: Clip) -> Tag:
    """A moment of Priya's that Asha may see."""
    with services.database.transaction() as session:
        return make_tag(session, clip, world.priya, world.strategy)


@pytest.fixture
def to(clip: Clip, shared: Tag) -> Callable[[object], str]:
    return lambda reply_id: f"{address(clip, shared.id)}/replies/{reply_id}"


def replies(services: Services) -> list[str]:
    with services.database.reading() as session:
        return list(session.scalars(select(Reply.text)))


def test_a_reply_sent_three_times_is_one_that_both_read_and_one_is_told_of(
    services: Services, world: World, clip: Clip, client_for: SignIn, to: Callable[[object], str]
) -> None:
    asha, reply_id = client_for(world.asha), new_id()
    answers = [asha.put(to(reply_id), json={"text": f" {WORDS} "}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    for person in (world.asha, world.priya):
        (tag,) = client_for(person).get(f"/api/clips/{clip.id}/tags").get_json()["tags"]
        assert [(said["author"]["name"], said["text"]) for said in tag["replies"]] == [("Asha", WORDS)]
    with services.database.reading() as session:
        kinds = session.scalars(select(Notice.kind).where(Notice.person_id == world.priya.id)).all()
    assert kinds.count(NoticeKind.MOMENT_ANSWERED) == 1
    assert asha.put(to(reply_id), json={"text": "Other words."}).status_code == 409


@pytest.mark.parametrize("wrong", [{}, {"text": "  "}, {"text": 3}, {"text": "x" * 2001}])
def test_nonsense_is_refused_with_a_sentence(
    world: World, client_for: SignIn, to: Callable[[object], str], wrong: dict[str, Any]
) -> None:
    assert client_for(world.asha).put(to(new_id()), json=wrong).status_code == 422


def test_a_draft_is_not_replied_to_nor_known_of(
    services: Services, world: World, clip: Clip, client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        draft = make_tag(session, clip, world.priya, world.strategy, shared=False)
    where = f"{address(clip, draft.id)}/replies/{new_id()}"
    refused = client_for(world.priya).put(where, json={"text": WORDS})
    assert (refused.status_code, refused.get_json()["error"]) == (409, "draft")
    assert client_for(world.asha).put(where, json={"text": WORDS}).status_code == 404


def test_one_takes_back_ones_own_alone(
    services: Services, world: World, client_for: SignIn, to: Callable[[object], str]
) -> None:
    asha, priya, reply_id = client_for(world.asha), client_for(world.priya), new_id()
    asha.put(to(reply_id), json={"text": WORDS})
    assert priya.delete(to(reply_id)).status_code == 403
    assert [asha.delete(to(reply_id)).status_code for _ in range(2)] == [204, 204]
    assert replies(services) == []


def test_a_moment_that_has_been_replied_to_stays(
    services: Services, world: World, clip: Clip, client_for: SignIn, shared: Tag, to: Callable[[object], str]
) -> None:
    priya, theirs = client_for(world.priya), new_id()
    priya.put(to(new_id()), json={"text": "My own afterthought."})
    client_for(world.asha).put(to(theirs), json={"text": WORDS})
    refused = priya.delete(address(clip, shared.id))
    assert (refused.status_code, refused.get_json()["error"]) == (409, "replied")
    client_for(world.asha).delete(to(theirs))
    assert priya.delete(address(clip, shared.id)).status_code == 204
    assert replies(services) == []


def test_replies_go_with_their_moment_when_the_clip_is_trimmed_or_erased(
    services: Services, world: World, clip: Clip, client_for: SignIn, shared: Tag, to: Callable[[object], str]
) -> None:
    asha = client_for(world.asha)
    asha.put(to(new_id()), json={"text": WORDS})
    with services.database.transaction() as session:
        gone = keep_span(session, session.get_one(Clip, clip.id), 900, 1799, by=session.get_one(Person, world.asha.id))
    assert (gone, replies(services)) == (1, [])
    with services.database.transaction() as session:
        late = make_tag(session, clip, world.priya, world.strategy)
    asha.put(f"{address(clip, late.id)}/replies/{new_id()}", json={"text": WORDS})
    assert len(replies(services)) == 1
    erase(services, clip.id)
    assert replies(services) == []


def test_a_reply_sent_twice_at_the_same_moment_is_one(
    services: Services, world: World, clip: Clip, shared: Tag
) -> None:
    reply_id, barrier, new = new_id(), threading.Barrier(2), []

    def send() -> None:
        barrier.wait()
        with services.database.transaction() as session:
            asha, pair = session.get_one(Person, world.asha.id), session.get_one(Pair, world.pair.id)
            held = session.get_one(Clip, clip.id)
            new.append(put_reply(session, held, pair, shared.id, reply_id, WORDS, by=asha)[1])

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new) == [False, True]
    assert replies(services) == [WORDS]
