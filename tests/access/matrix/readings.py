from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.access.rows import PAIR, Row
from tests.support.world import World
from veo_workflow.cycles.models import Cycle, MeasureReading
from veo_workflow.cycles.operations import record_reading
from veo_workflow.database import now

ROWS = (
    Row("readings.everything", "GET", "/cycles/{cycle}/readings", PAIR),
    Row("readings.take", "POST", "/cycles/{cycle}/readings", PAIR, form=lambda _: {"value": "3"}),
    Row("readings.one", "GET", "/cycles/{cycle}/readings/{reading}", PAIR),
    Row(
        "readings.correct",
        "POST",
        "/cycles/{cycle}/readings/{reading}",
        PAIR,
        form=lambda _: {"value": "4", "version": "0"},
    ),
    Row("readings.remove", "POST", "/cycles/{cycle}/readings/{reading}/remove", PAIR),
)


def fill(session: Session, world: World) -> dict[str, str]:
    """Asha has measured."""
    record_reading(session, session.get_one(Cycle, world.cycle.id), 2.5, now().date(), by=world.asha)
    session.flush()
    return {"reading": str(session.scalars(select(MeasureReading.id)).one())}
