"""What goes with a clip, and what of the pair's words is theirs and stays."""

from datetime import timedelta

import pytest
from sqlalchemy import MetaData, delete, select

from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import Clip, ClipShare
from veo_workflow.cycles.evidence.models import Evidence, EvidenceKind
from veo_workflow.cycles.learning.models import PracticeEntry
from veo_workflow.cycles.modelling.models import Modelling, ModellingKind
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people.models import Pair, Person
from veo_workflow.removal import operations
from veo_workflow.reviews.models import Review, ReviewMoment
from veo_workflow.services import Services
from veo_workflow.tags.models import Reply
from workers.upkeep import one_round

pytestmark = pytest.mark.parametrize("database", ["sqlite"])

GOES = {
    "the title": "Tidying the carpet",
    "what the coachee says about it in the library": "See how calmly it starts",
    "the marked moment": "Four names in a row.",
    "a reply": "That was Ben’s idea",
    "what the pair took from the moment": "Wait until all look up",
    "the file": "a1b2c3",
}
STAYS = {
    "what the coachee wrote about practising": "It went better with the small whiteboards",
    "what the coach saw in person": "Nine of ten were seated within a minute",
    "what the coach wrote about modelling": "We watched how she gives the signal",
    "what they celebrate": "Everybody begins by themselves",
}


def said_anywhere(services: Services) -> str:
    """Every row of every table."""
    tables = MetaData()
    tables.reflect(services.database.engine)
    with services.database.engine.connect() as connection:
        return "\n".join(repr(row) for table in tables.tables.values() for row in connection.execute(select(table)))


def test_with_a_clip_goes_what_was_said_on_it_and_what_people_wrote_elsewhere_stays_theirs(
    services: Services, world: World
) -> None:
    goes, stays = list(GOES.values()), list(STAYS.values())
    with services.database.transaction() as session:
        cycle, asha = session.get_one(Cycle, world.cycle.id), session.get_one(Person, world.asha.id)
        clip = make_clip(session, cycle, asha, title=goes[0])
        clip.sha256 = clip.fingerprint = goes[5]
        share = ClipShare(clip_id=clip.id, until=clip.delete_by, shows=goes[1])
        moment = make_tag(session, clip, world.priya, world.strategy)
        review = session.get(Review, cycle.id) or Review(cycle_id=cycle.id)
        review.celebrate = stays[3]
        session.add_all([share, review])
        session.flush()
        session.add_all(
            [
                Reply(id=cycle.id, tag_id=moment.id, author_id=asha.id, text=goes[3]),
                ReviewMoment(cycle_id=cycle.id, tag_id=moment.id, taken=goes[4]),
                PracticeEntry(cycle_id=cycle.id, practised_on=now().date(), went=stays[0], clip_id=clip.id),
                Evidence(
                    school_id=cycle.school_id,
                    cycle_id=cycle.id,
                    kind=EvidenceKind.OBSERVATION,
                    stage=cycle.stage,
                    gathered_by_id=world.priya.id,
                    written_by_id=world.priya.id,
                    changed_by_id=world.priya.id,
                    seen_on=now().date(),
                    seen=stays[1],
                    delete_by=clip.delete_by,
                ),
                Modelling(
                    cycle_id=cycle.id,
                    kind=ModellingKind.EXEMPLAR,
                    who="Asha",
                    modelled_on=now().date(),
                    note=stays[2],
                    exemplar_id=share.id,
                    recorded_by_id=world.priya.id,
                ),
            ]
        )
    before = said_anywhere(services)
    assert [words for words in goes + stays if words not in before] == []
    with services.database.transaction() as session:
        clips.withdraw(session, session.get_one(Clip, clip.id), by=asha)
    one_round(services)
    after = said_anywhere(services)
    assert [what for what, words in GOES.items() if words in after] == []
    assert [what for what, words in STAYS.items() if words not in after] == []
    with services.database.reading() as session:
        assert session.scalars(select(PracticeEntry.clip_id)).all() == [None]
        assert session.scalars(select(Modelling.exemplar_id)).all() == [None]


def test_of_words_of_the_review_that_go_with_a_clip_those_hear_who_knew_of_them(
    services: Services, world: World
) -> None:
    """A clip that its owner has kept to themselves is no news to the coach, nor is any to one who has left."""

    def told(*, wrote: Person, words: str = "Names first.", shared: bool = True, expires: bool = False) -> set[str]:
        with services.database.transaction() as session:
            session.execute(delete(Notice))
            clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha, shared=shared)
            moment = make_tag(session, clip, wrote, world.strategy, shared=True)
            session.merge(Review(cycle_id=world.cycle.id))
            session.add(ReviewMoment(cycle_id=world.cycle.id, tag_id=moment.id, taken=words, taken_by_id=wrote.id))
            session.flush()
            if expires:
                clip.delete_by = now().date() - timedelta(days=2)
                assert operations.expire_clips(session, now()) == 1
            for _ in range(2):
                operations.withdraw(session, clip, by=world.asha)
            of = select(Notice.person_id).where(
                Notice.kind == NoticeKind.REVIEW_CLIP_GONE, Notice.subject_id == world.cycle.id
            )
            names = {world.asha.id: "asha", world.priya.id: "priya"}
            return {names[person] for person in session.scalars(of)}

    asha, priya = world.asha, world.priya
    assert told(wrote=asha) == {"priya"}
    assert told(wrote=asha, words="") == set()
    assert told(wrote=asha, shared=False) == set()
    assert told(wrote=priya, shared=False) == {"priya"}
    assert told(wrote=priya, expires=True) == {"asha", "priya"}
    assert told(wrote=asha, shared=False, expires=True) == {"asha"}
    with services.database.transaction() as session:
        session.get_one(Pair, world.pair.id).ended_at = now()
    assert told(wrote=priya) == set()
    assert told(wrote=priya, expires=True) == {"asha"}
