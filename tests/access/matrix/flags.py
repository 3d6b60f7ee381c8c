from sqlalchemy.orm import Session

from tests.access.rows import PAIR, Row
from tests.support.world import World, make_clip
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.people.models import Person

ASHA = frozenset({"asha"})

ROWS = (
    Row("flags.page", "GET", "/clips/{flagged_clip}/flag", PAIR),
    Row("flags.put", "POST", "/clips/{clip}/flag", PAIR),
    Row("flags.take_off", "POST", "/clips/{flagged_clip}/flag/off", ASHA, seen_but_refused=PAIR - ASHA),
)


def fill(session: Session, world: World) -> dict[str, str]:
    """A clip that Asha shares with Priya, and has flagged herself."""
    clip = make_clip(session, session.get_one(Cycle, world.cycle.id), session.get_one(Person, world.asha.id))
    clip.flagged_at, clip.flagged_by_id = now(), world.asha.id
    session.flush()
    return {"flagged_clip": str(clip.id)}
