from typing import Any

from sqlalchemy.orm import Session

from tests.access.rows import CLIP_OTHERS, COACHEE, EVERYBODY, Ids, Row
from tests.support.world import World, make_clip
from veo_workflow.clips.shares import operations as shares
from veo_workflow.clips.shares.rules import Wanted
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.people.models import Person

HOLDERS = frozenset({"asha", "sam"})
ONE_SCHOOL = EVERYBODY - {"olu"}


def _given(ids: Ids) -> dict[str, Any]:
    return {"to": str(ids.world.tess.id), "until": "2199-01-01"}


LEAD = frozenset({"lena"})

ROWS = (
    Row("shares.everything", "GET", "/shared", EVERYBODY),
    Row("shares.watch", "GET", "/shared/{share}", HOLDERS),
    Row("shares.film", "GET", "/media/shared/{share}/film", HOLDERS, ok=frozenset({200, 206})),
    Row("shares.poster", "GET", "/media/shared/{share}/poster", HOLDERS),
    Row("exemplars.library", "GET", "/exemplars", EVERYBODY),
    Row("exemplars.take_out", "POST", "/exemplars/{exemplar}/take-out", LEAD, seen_but_refused=ONE_SCHOOL - LEAD),
    Row("sharing.page", "GET", "/clips/{clip}/sharing", COACHEE, seen_but_refused=CLIP_OTHERS),
    Row("sharing.give", "POST", "/clips/{clip}/shares", COACHEE, seen_but_refused=CLIP_OTHERS, form=_given),
    Row("sharing.take_back", "POST", "/clips/{clip}/shares/{share}/revoke", COACHEE, seen_but_refused=CLIP_OTHERS),
)


def fill(session: Session, world: World) -> dict[str, str]:
    """An exemplar of Asha's in her school's library."""
    asha = session.get_one(Person, world.asha.id)
    clip = make_clip(session, session.get_one(Cycle, world.cycle.id), asha)
    offered = Wanted(None, now().date(), shows="Names while they come in", strategy_id=world.strategy.strategy_id)
    return {"exemplar": str(shares.give(session, clip, offered, by=asha).id)}
