from sqlalchemy.orm import Session

from tests.access.rows import COACHEE, PAIR, Row
from tests.support.world import World
from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.reality import operations
from veo_workflow.cycles.reality.rules import RealityWords

ROWS = (
    Row("reality.picture", "GET", "/cycles/{cycle}/reality", PAIR),
    Row(
        "reality.write",
        "POST",
        "/cycles/{cycle}/reality",
        COACHEE,
        seen_but_refused=PAIR - COACHEE,
        form=lambda _: {"closeness": "7", "after": "1"},
    ),
)


def fill(session: Session, world: World) -> dict[str, str]:
    words = RealityWords(4, what_pleased="canary-identify")
    operations.write(session, session.get_one(Cycle, world.cycle.id), words, after=0, by=world.asha)
    return {}
