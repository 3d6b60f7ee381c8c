"""What a review's page costs the server with two thousand moments over one with twenty."""

import time
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from benchmarks.measuring import in_turns
from benchmarks.over_http import Visitor
from tests.support.live import School
from tests.support.world import World, make_clip, make_tag
from veo_workflow.cycles.models import ChosenStrategy, Cycle, Stage
from veo_workflow.people.models import Person

FEW, MANY, ON_A_CLIP = 20, 2000, 50


@dataclass(frozen=True)
class Grown:
    """`ms` is what the larger one takes at the median."""

    ratio: float
    ms: float


def growth(school: School, *, pairs: int = 25) -> Grown:
    with school.services.database.transaction() as session:
        few, many = (_review(session, school.world, moments) for moments in (FEW, MANY))
    priya = Visitor(school, school.world.priya)
    taken: list[float] = []

    def read(cycle: uuid.UUID) -> float:
        began = time.perf_counter()
        priya.page(f"/cycles/{cycle}/review")
        taken.append(time.perf_counter() - began)
        return taken[-1]

    read(many)
    ratio = in_turns(lambda: read(many), lambda: read(few), pairs=pairs)
    return Grown(ratio, 1000 * sorted(taken)[3 * len(taken) // 4])


def _review(session: Session, world: World, moments: int) -> uuid.UUID:
    """A cycle of the world's pair in Improve, with so many shared moments, fifty on a clip."""
    like = session.get_one(Cycle, world.cycle.id)
    cycle = Cycle(
        school_id=like.school_id,
        pair_id=like.pair_id,
        term_id=like.term_id,
        focus=f"With {moments} moments",
        cpd_layer=like.cpd_layer,
        stage=Stage.IMPROVE,
    )
    session.add(cycle)
    session.flush()
    session.add(ChosenStrategy(cycle_id=cycle.id, strategy_version_id=world.strategy.id, position=0))
    owner, author = (session.get_one(Person, person.id) for person in (world.asha, world.priya))
    for _ in range(-(-moments // ON_A_CLIP)):
        clip = make_clip(session, cycle, owner)
        for number in range(min(ON_A_CLIP, moments)):
            make_tag(session, clip, author, world.strategy, at_ms=5017 + 1000 * number)
    return cycle.id
