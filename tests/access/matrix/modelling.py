from datetime import date

from sqlalchemy.orm import Session

from tests.access.rows import PAIR, Row
from tests.support.world import World
from veo_workflow.cycles.modelling import operations
from veo_workflow.cycles.modelling.models import ModellingKind
from veo_workflow.cycles.modelling.rules import ModellingWords
from veo_workflow.cycles.models import Cycle

ROWS = (
    Row("modelling.everything", "GET", "/cycles/{cycle}/modelling", PAIR),
    Row(
        "modelling.record",
        "POST",
        "/cycles/{cycle}/modelling",
        PAIR,
        form=lambda _: {"kind": "live_model", "who": "Priya Nair", "modelled_on": "2026-11-02"},
    ),
    Row("modelling.remove", "POST", "/cycles/{cycle}/modelling/{modelling}/remove", PAIR),
)


def fill(session: Session, world: World) -> dict[str, str]:
    words = ModellingWords(ModellingKind.TALK_THROUGH, "canary-identify", date(2026, 11, 2))
    modelling = operations.record(session, session.get_one(Cycle, world.cycle.id), words, by=world.priya)
    return {"modelling": str(modelling.id)}
