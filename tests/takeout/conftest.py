"""Asha's cycle with everything in it that a takeout may hold, and a draft of each that only its author may see."""

import uuid
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.world import World, make_clip, make_tag
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles.learning.checklist import operations as checklist
from veo_workflow.cycles.learning.conversation import operations as conversation
from veo_workflow.cycles.learning.practice import operations as practice
from veo_workflow.cycles.learning.practice.rules import Words
from veo_workflow.cycles.learning.resources import operations as resources
from veo_workflow.cycles.learning.resources.rules import ResourceWords
from veo_workflow.cycles.models import CoachingSession, Cycle, Outcome, Stage
from veo_workflow.cycles.rules import GoalWords
from veo_workflow.database import new_id, now
from veo_workflow.oversight.models import CoachingLog, LoggedConversation, PairNote
from veo_workflow.people import operations as people
from veo_workflow.people import signing_in
from veo_workflow.people.models import Person
from veo_workflow.reviews.models import NextAction, Review, ReviewMoment
from veo_workflow.schools.models import HalfTerm
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


@pytest.fixture
def confirmed_for(client_for: SignedIn) -> SignedIn:
    """A browser in which that person is signed in and has just given their password."""

    def confirmed(person: Person | None) -> FlaskClient:
        client = client_for(person)
        with client.session_transaction() as cookie:
            held = people.hash_token(cookie["_user_id"])[:16]
            cookie[signing_in.CONFIRMED] = [held, int(now().timestamp())]
        return client

    return confirmed


@pytest.fixture
def told(services: Services, world: World) -> World:
    """The world, its cycle gone through to Improve: two wordings, marks, a session, a log, a review begun."""
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        for stage in (Stage.LEARN, Stage.IMPROVE):
            cycles.move(session, cycle, stage, by=world.asha)
        words = GoalWords(
            "Everybody writes within ninety seconds.",
            powerful="It changes how each lesson begins.",
            measure="Minutes until all write",
            unit="minutes",
            baseline=6.5,
            target=1.5,
        )
        cycles.write_goal(session, cycle, words, after=1, by=world.priya)
        cycles.record_reading(session, cycle, 2.25, now().date(), by=world.asha)
        shared = make_clip(session, cycle, world.asha)
        private = make_clip(session, cycle, world.asha, shared=False, title="Carpet time")
        tag = make_tag(session, shared, world.priya, world.strategy)
        make_tag(session, shared, world.asha, world.strategy, at_ms=20_017, shared=False).note = "Asha’s own draft"
        make_tag(session, shared, world.priya, world.strategy, at_ms=30_017, shared=False).note = "Priya’s own draft"
        alone = make_tag(session, private, world.asha, world.strategy)
        alone.note = "On the private one"
        _learn(session, cycle, world, shared.id)
        review = Review(cycle_id=cycle.id, celebrate="Calm, <b>every</b> day.", improve="", outcome=Outcome.CONTINUE)
        session.add(review)
        session.flush()
        session.add(
            CoachingSession(
                school_id=world.pair.school_id,
                pair_id=world.pair.id,
                cycle_id=cycle.id,
                starts_at=now(),
                place="Room 4",
                changed_by_id=world.asha.id,
            )
        )
        half = session.scalars(select(HalfTerm).where(HalfTerm.term_id == cycle.term_id, HalfTerm.number == 1)).one()
        log = CoachingLog(
            school_id=world.pair.school_id,
            pair_id=world.pair.id,
            half_term_id=half.id,
            needs="An hour to plan.",
            written_by_id=world.priya.id,
            handed_in_at=now(),
        )
        log.conversations = [LoggedConversation(held_on=half.starts_on, minutes=25)]
        session.add_all([log, PairNote(pair_id=world.pair.id, half_term_id=half.id, note="Between the two of us")])
        session.add(NextAction(cycle_id=cycle.id, position=0, what="Film again", owner_id=world.asha.id))
        _talk(session, cycle, world, [alone.id, tag.id])
    return world


def _talk(session: Session, cycle: Cycle, world: World, moments: list[uuid.UUID]) -> None:
    """What was taken from each, in this order, before the first one's clip was kept private again."""
    for place, (tag_id, words) in enumerate(zip(moments, ("Carpet first.", "Names first."), strict=True), 1):
        moment = ReviewMoment(cycle_id=cycle.id, tag_id=tag_id, position=place, starred_by_id=world.priya.id)
        moment.taken, moment.taken_by_id, moment.taken_at, moment.talked_at = words, world.asha.id, now(), now()
        session.add(moment)


def _learn(session: Session, cycle: Cycle, world: World, clip_id: uuid.UUID) -> None:
    """A tick, an entry of practice, a link, and two messages of which one was taken back."""
    first = world.strategy.steps[0].id
    checklist.tick(session, cycle, [first], [first])
    words = Words(
        now().date(), "7B", "Calmer <by> far.", "Boards out first.", frozenset({world.strategy.steps[1].id}), clip_id
    )
    practice.keep(session, cycle, new_id(), words, after=0, by=world.asha)
    link = ResourceWords("https://example.org/door", "At the door", "Short.")
    resources.send(session, cycle, new_id(), link, by=world.priya)
    kept, gone = new_id(), new_id()
    conversation.send(session, cycle, kept, "See you on Thursday.", by=world.priya)
    conversation.send(session, cycle, gone, "Said in haste.", by=world.asha)
    session.flush()
    conversation.take_back(session, cycle, gone, by=world.asha)
