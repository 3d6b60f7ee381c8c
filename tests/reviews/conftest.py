"""Asha's cycle in Improve, with a clip of then and one of now, and moments that Priya has shared."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.support.world import World, make_clip, make_tag
from veo_workflow.access.policy import Thing, Verb
from veo_workflow.clips.models import Clip, Purpose
from veo_workflow.cycles.models import Cycle, Outcome, Stage
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.people.models import Person
from veo_workflow.reviews import operations
from veo_workflow.reviews.models import Review
from veo_workflow.reviews.rules import Record, ReviewForm, marks
from veo_workflow.services import Services

Write = Callable[..., Review]
Agree = Callable[..., Review]
MarkDone = Callable[..., None]


@pytest.fixture
def improving(services: Services, world: World) -> World:
    """The world, with its cycle moved to Improve."""
    with services.database.transaction() as session:
        session.get_one(Cycle, world.cycle.id).stage = Stage.IMPROVE
    return world


@pytest.fixture
def two_clips(services: Services, improving: World) -> tuple[Clip, Clip]:
    """One of September and one of now, both shared with Priya, with one moment of hers each."""
    with services.database.transaction() as session:
        then = make_clip(session, improving.cycle, improving.asha, title="Where we started")
        then.purpose = Purpose.BASELINE
        now = make_clip(session, improving.cycle, improving.asha)
        make_tag(session, then, improving.priya, improving.strategy, at_ms=20_017)
        make_tag(session, now, improving.priya, improving.strategy, at_ms=10_017)
    return then, now


@pytest.fixture
def write(services: Services, world: World) -> Write:
    """Somebody saves the record in a request of their own, from a page that was opened while it was still empty."""

    def wrote(person: Person, *, version: int = 0, **words: Any) -> Review:
        with services.database.transaction() as session:
            form = ReviewForm(Record(**words), version=version, marks=marks(Record()))
            return operations.write(session, person, _seen(session, person, world), form)

    return wrote


@pytest.fixture
def agree(services: Services, world: World) -> Agree:
    """Somebody agrees to an outcome in a request of their own."""

    def agreed(person: Person, outcome: Outcome | None) -> Review:
        with services.database.transaction() as session:
            return operations.confirm(session, person, _seen(session, person, world), outcome)

    return agreed


@pytest.fixture
def mark_done(services: Services, world: World) -> MarkDone:
    """Somebody says in a request of their own that the action with these words is done, or is not."""

    def marked(person: Person, what: str, *, done: bool = True) -> None:
        with services.database.transaction() as session:
            seen = _seen(session, person, world)
            [action] = [line for line in session.get_one(Review, world.cycle.id).actions if line.what == what]
            operations.mark_done(session, person, seen, action.id, done=done)

    return marked


def _seen(session: Session, person: Person, world: World) -> CycleSeen:
    return cycle_for(session, person, world.cycle.id, Verb.SEE, Thing.REVIEW)
