from sqlalchemy.orm import Session

from tests.access.rows import PAIR, Row
from tests.support.world import World
from veo_workflow.cycles.adapting import operations
from veo_workflow.cycles.models import Cycle

ROWS = (
    Row("adapting.step", "GET", "/cycles/{cycle}/steps/{step}", PAIR),
    Row(
        "adapting.adapt",
        "POST",
        "/cycles/{cycle}/steps/{step}",
        PAIR,
        form=lambda _: {"words": "With mini-whiteboards.", "after": "1"},
    ),
    Row("wordings.beside", "GET", "/cycles/{cycle}/goal/1/2", PAIR),
)


def fill(session: Session, world: World) -> dict[str, str]:
    step = world.strategy.steps[0]
    cycle = session.get_one(Cycle, world.cycle.id)
    operations.adapt(session, cycle, step.id, "canary-identify", after=0, by=world.asha)
    return {"step": str(step.id)}
