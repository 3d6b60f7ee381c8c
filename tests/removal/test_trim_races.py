"""Two transactions at once, on PostgreSQL, where the second does not wait to begin as it does on SQLite."""

import threading
import uuid

import pytest
from sqlalchemy import select

from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips.models import Clip
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import new_id
from veo_workflow.errors import Conflict
from veo_workflow.people.models import Person
from veo_workflow.removal import operations
from veo_workflow.removal.rules import Trim
from veo_workflow.reviews.models import Review, ReviewMoment
from veo_workflow.services import Services
from veo_workflow.tags import operations as tags
from veo_workflow.tags.models import Tag
from veo_workflow.tags.rules import read_tag

pytestmark = pytest.mark.parametrize("database", ["postgresql"])

WANTED = read_tag({"pressed_ms": 10_050, "start_ms": 9017, "end_ms": 11_017})
WAITED_FOR = 0.5  # seconds: long enough to see that somebody waits


@pytest.fixture
def clip_id(services: Services, world: World) -> uuid.UUID:
    """A minute at 30 a second with a moment each second from the third on."""
    with services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
        for second in range(3, 53):
            make_tag(session, clip, world.priya, world.strategy, at_ms=1000 * second + 17)
        return clip.id


def trim(services: Services, world: World, clip_id: uuid.UUID) -> None:
    with services.database.transaction() as session:
        asha = session.get_one(Person, world.asha.id)
        clip = session.get_one(Clip, clip_id)
        operations.trim(session, clip, Trim(300, 900, 0, 99), services.doorbell, by=asha)


def presses(services: Services) -> list[int]:
    with services.database.reading() as session:
        return list(session.scalars(select(Tag.pressed_ms).order_by(Tag.pressed_ms)))


def test_a_tag_that_had_read_the_clip_before_the_trim_is_refused_after_it(
    services: Services, world: World, clip_id: uuid.UUID
) -> None:
    with services.database.transaction() as session:
        clip, priya = session.get_one(Clip, clip_id), session.get_one(Person, world.priya.id)
        trim(services, world, clip_id)
        with pytest.raises(Conflict, match="has been trimmed since"):
            tags.put_tag(session, clip, new_id(), WANTED, by=priya)
    assert presses(services) == [1000 * second + 17 for second in range(21)]


def test_a_trim_waits_for_a_tag_that_is_being_written_and_moves_it_too(
    services: Services, world: World, clip_id: uuid.UUID
) -> None:
    trimming = threading.Thread(target=trim, args=(services, world, clip_id))
    with services.database.transaction() as session:
        clip, priya = session.get_one(Clip, clip_id), session.get_one(Person, world.priya.id)
        tags.put_tag(session, clip, new_id(), WANTED, by=priya)
        trimming.start()
        trimming.join(WAITED_FOR)
        assert trimming.is_alive()
    trimming.join()
    assert presses(services) == sorted([50, *(1000 * second + 17 for second in range(21))])


def test_a_trim_waits_for_what_is_being_written_in_the_review_and_is_refused_for_it(
    services: Services, world: World, clip_id: uuid.UUID
) -> None:
    refused: list[Conflict] = []

    def try_to_trim() -> None:
        try:
            trim(services, world, clip_id)
        except Conflict as problem:
            refused.append(problem)

    trimming = threading.Thread(target=try_to_trim)
    with services.database.transaction() as session:
        first = session.scalars(select(Tag).order_by(Tag.pressed_ms)).first()
        assert first is not None
        session.add(Review(cycle_id=world.cycle.id))
        session.flush()
        session.add(ReviewMoment(cycle_id=world.cycle.id, tag_id=first.id, taken="Names first."))
        session.flush()
        trimming.start()
        trimming.join(WAITED_FOR)
        assert trimming.is_alive()
    trimming.join()
    assert [problem.code for problem in refused] == ["more_words"]
    assert len(presses(services)) == 50
