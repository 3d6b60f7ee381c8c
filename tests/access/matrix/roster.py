from sqlalchemy.orm import Session

from tests.access.rows import Ids, Row
from tests.support.world import World
from veo_workflow.people import operations as people
from veo_workflow.people.models import Person
from veo_workflow.people.operations import end_pair
from veo_workflow.people.roster.queries import coach_at_school

LEAD = frozenset({"lena"})
FACTS = {"since": "2026-09-01", "trained_on": "", "capacity": "2"}


def _begins(ids: Ids) -> dict[str, str]:
    return {"person": str(ids.world.sam.id), **FACTS}


ROWS = (
    Row("roster.everybody", "GET", "/coaches", LEAD),
    Row("roster.add", "POST", "/coaches", LEAD, form=_begins),
    Row("roster.one", "GET", "/coaches/{coach}", LEAD),
    Row("roster.alter", "POST", "/coaches/{coach}", LEAD, form=lambda _: {"version": "0", **FACTS}),
    Row("roster.stop", "POST", "/coaches/{coach}/stop", LEAD),
)


def fill(session: Session, world: World) -> dict[str, str]:
    """Tess is on the roster, without a pair today."""
    tess, sid = (session.get_one(Person, person.id) for person in (world.tess, world.sid))
    pair = people.make_pair(session, coach=tess, coachee=sid, starts_on=world.pair.starts_on, ends_on=None, by=None)
    session.flush()
    end_pair(session, pair, by=None)
    assert coach_at_school(session, tess.school_id, tess.id)
    return {"coach": str(tess.id)}
