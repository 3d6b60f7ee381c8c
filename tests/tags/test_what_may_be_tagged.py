"""Which clips may be tagged, with which steps, and how those are numbered."""

import uuid
from typing import Any

import pytest

from tests.support.statements import counted
from tests.support.world import World, make_clip, make_tag
from tests.tags.tagging import SignIn, address, body, tags_of
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.clips.rules import GONE
from veo_workflow.cycles import operations as cycles
from veo_workflow.database import new_id
from veo_workflow.errors import Conflict, InvalidInput, NotAllowed, NotFound
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import Strategy, StrategyVersion
from veo_workflow.playbook.queries import current_versions
from veo_workflow.services import Services
from veo_workflow.tags import operations, queries, rules
from veo_workflow.tags.models import Tag


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
        numbered = queries.number_steps([world.strategy], [moment.step for moment in moments if moment.step])
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
    assert asked[0] == asked[1] <= 13
