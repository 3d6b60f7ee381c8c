from typing import Any

from sqlalchemy.orm import Session

from tests.access.rows import COACHEE, Ids, Row
from tests.support.world import World, make_clip
from veo_workflow.cycles.models import Cycle
from veo_workflow.people.models import Person
from veo_workflow.removal.holds import operations as holds
from veo_workflow.removal.holds.models import Wish

SID = frozenset({"sid"})
TESS = frozenset({"tess"})  # whom Sid has asked to be the second person
REASON = "A parent has asked about this lesson."


def _asked(ids: Ids) -> dict[str, Any]:
    return {"wish": "lift", "second": ids.world.tess.email, "reason": REASON}


ROWS = (
    Row("holds.everything", "GET", "/safeguarding?name=Asha", SID),
    Row("holds.about", "GET", "/safeguarding/clips/{clip}", SID),
    Row("holds.place", "POST", "/safeguarding/clips/{clip}", SID, form=lambda _: {"reason": REASON}),
    Row("holds.one", "GET", "/safeguarding/{hold}", SID),
    Row("holds.ask", "POST", "/safeguarding/{hold}/ask", SID, form=_asked),
    Row("holds.watch", "GET", "/safeguarding/{hold}/watch", SID),
    Row("holds.film", "GET", "/media/held/{hold}", SID, ok=frozenset({200, 206})),
    Row("holds.asked", "GET", "/safeguarding/asked/{asked}", TESS),
    Row("holds.answer", "POST", "/safeguarding/asked/{asked}", TESS, form=lambda _: {"answer": "agree"}),
    Row("holds.told", "GET", "/clips/{held_clip}/hold", COACHEE),
)


def fill(session: Session, world: World) -> dict[str, str]:
    """A clip of Asha's on hold: Tess has agreed that Sid watches it, and is asked to agree to lifting the hold."""
    asha, sid, tess = (session.get_one(Person, person.id) for person in (world.asha, world.sid, world.tess))
    clip = make_clip(session, session.get_one(Cycle, world.cycle.id), asha)
    hold = holds.place(session, clip, REASON, is_told=True, by=sid)
    for wish in Wish:
        asked = holds.ask(session, hold, wish, REASON, second=tess, concerned=[], by=sid)
        if wish is Wish.VIEW:
            holds.answer(session, asked, agreed=True, by=tess)
    return {"hold": str(hold.id), "held_clip": str(clip.id), "asked": str(asked.id)}
