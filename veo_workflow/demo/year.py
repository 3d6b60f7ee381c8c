"""The demo's school year: a closure in it, and what its pairs have planned and held."""

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.sessions import operations, rules
from veo_workflow.database import now
from veo_workflow.demo.people import DemoSession
from veo_workflow.people.models import Person
from veo_workflow.schools.models import School
from veo_workflow.schools.year.operations import add_closure
from veo_workflow.schools.year.queries import years_of
from veo_workflow.schools.year.rules import ClosureDates, Span

MINUTES = 30


def add_inset_day(session: Session, school: School) -> None:
    """On the first day after the autumn half-term holidays, as many schools keep it."""
    for year in years_of(session, school.id, limit=1):
        first = year.dates.terms[0].halves[1].starts_on
        add_closure(session, school.id, ClosureDates("INSET day", Span(first, first)), by=None)


def plan_sessions(session: Session, cycle: Cycle, sessions: Iterable[DemoSession], *, by: Person) -> None:
    zone = ZoneInfo(session.get_one(School, cycle.school_id).timezone)
    for each in sessions:
        day = (now() + timedelta(days=each.days)).astimezone(zone).date()
        while day.weekday() > 4:  # away from today, so that what was held stays in the past
            day += timedelta(days=1 if each.days > 0 else -1)
        sent = {
            "day": day.isoformat(),
            "time": each.time,
            "minutes": str(MINUTES),
            "place": each.place,
            "stage": each.stage.value,
        }
        planned = rules.read_plan(sent | ({"is_review": "1"} if each.is_review else {}), zone)
        meeting = operations.plan(session, cycle, planned, by=by)
        if each.held:
            operations.hold(session, meeting, MINUTES, by=by)
            meeting.held_at = planned.ends_at
