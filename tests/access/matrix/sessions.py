from datetime import timedelta

from sqlalchemy.orm import Session

from tests.access.rows import EVERYBODY, PAIR, Ids, Row
from tests.support.world import World
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.cycles.sessions import operations
from veo_workflow.cycles.sessions.rules import Plan
from veo_workflow.database import now


def _plan(_: Ids) -> dict[str, str]:
    day = (now() + timedelta(days=5)).date().isoformat()
    return {"day": day, "time": "15:30", "minutes": "30", "place": "", "stage": "learn", "version": "0"}


ROWS = (
    Row("sessions.everything", "GET", "/cycles/{cycle}/sessions", PAIR),
    Row("sessions.plan", "POST", "/cycles/{cycle}/sessions", PAIR, form=_plan),
    Row("sessions.one", "GET", "/sessions/{meeting}", PAIR),
    Row("sessions.move", "POST", "/sessions/{meeting}", PAIR, form=_plan),
    Row("sessions.cancel", "POST", "/sessions/{meeting}/cancel", PAIR),
    Row("sessions.hold", "POST", "/sessions/{meeting}/held", PAIR, form=lambda _: {"minutes": "35"}),
    Row("sessions.file", "GET", "/sessions/{meeting}.ics", PAIR),
    Row("sessions.calendar", "GET", "/calendar.ics", EVERYBODY),
)


def fill(session: Session, world: World) -> dict[str, str]:
    """A meeting whose day has come, so that it can be recorded."""
    planned = Plan(now() - timedelta(days=1), 30, "Room 4", Stage.LEARN, is_review=False)
    meeting = operations.plan(session, session.get_one(Cycle, world.cycle.id), planned, by=world.asha)
    return {"meeting": str(meeting.id)}
